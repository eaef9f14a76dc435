#!/usr/bin/env python3
"""Holds every #include against the layers that src/muster/CMakeLists.txt declares.

A module includes itself and what its DEPENDS names; a foreign library stands only where LIBRARIES
names it, and LIBRARIES only what MAY_USE allows; threads, locks, sockets and files only where the
design has them. A header that lies directly in its module's folder is public and names no foreign
library. One in a folder below it (io/nats/detail/x.hpp, fleet/state/x.hpp) is private: it is not
installed, and only .cpp files and private headers include it, of its own module or of one above
that links the same foreign library.

usage: tools/check_layers.py [--root FOLDER]     prints `file:line: what: do this instead`
exit codes: 0 the layers hold; 1 a breach; 2 src/muster/CMakeLists.txt cannot be read
"""
import argparse
import os
import re
import sys

from source_files import ROOT, is_cpp, is_test, line_of, read, walk

# Foreign libraries: how an include of it looks, and the modules that may have it.
FOREIGN = {
    "simdjson::simdjson": (r"simdjson", {"wire", "engines"}),
    "fmt::fmt": (r"fmt/", {"wire", "engines", "io_runtime", "io_nats", "io_http", "serve", "sim",
                           "dynamo"}),
    "Boost::headers": (r"boost/", {"io_runtime", "io_http"}),
    "OpenSSL::SSL": (r"openssl/", {"io_runtime", "io_nats", "io_http"}),
    "ZLIB::ZLIB": (r"(zlib|zconf)\.h", {"io_http", "serve"}),
    "PkgConfig::nats": (r"nats/", {"io_nats", "dynamo", "sim"}),
    "PkgConfig::cares": (r"ares(_|\.h)", {"io_dns"}),
    "yaml-cpp": (r"yaml-cpp/", {"io_discovery"}),
    "CLI11::CLI11": (r"CLI/", set()),
    "tomlplusplus::tomlplusplus": (r"toml(\+\+|plusplus)", set()),
    "PkgConfig::systemd": (r"systemd/", set()),
}
# The program may have these, and fmt.
APPS = {"CLI11::CLI11", "tomlplusplus::tomlplusplus", "fmt::fmt",
        "PkgConfig::systemd"}
TEST_ONLY = r"(gtest|gmock|rapidcheck|nlohmann|benchmark)(/|\.h)"

# Modules that know the fleet only by its plain types: state, views and cells are not theirs.
VALUES_ONLY = {"wire", "engines", "sim"}
VALUE_HEADERS = {
    "load", "labels", "worker_identity", "report", "reject_reason", "fleet_view", "statistics",
    "freshness", "source_info", "tombstone", "row_slot", "worker_flags", "cordon", "fleet_event",
    "worker_trouble"}

# Standard and system headers that only some may include, in code that is not a test.
IO = {"io_runtime", "io_journal", "io_nats", "io_dns", "io_http", "io_discovery"}
OUTER = IO | {"dynamo", "serve", "sim"}
RESTRICTED = [
    (r"thread", OUTER, (), "starts threads", "let io, dynamo, serve or sim own the thread"),
    (r"mutex|shared_mutex|condition_variable|semaphore|latch|barrier", OUTER,
     ("fleet/view_cell", "fleet/watcher", "collect/collector"),
     "locks", "one owner per object; only the view cell, the watcher and the collector lock"),
    (r"fstream|filesystem", OUTER, (), "touches files", "take the text as a parameter"),
    (r"iostream", set(), (), "prints", "return an Error or a counter; the library is silent"),
    (r"(sys|netinet|arpa|net|linux)/.*|unistd\.h|poll\.h|fcntl\.h|netdb\.h|signal\.h|pthread\.h"
     r"|csignal|ctime|time\.h|dlfcn\.h", OUTER, (), "talks to the system",
     "put it behind a port that io implements"),
]

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)


class Module:
    def __init__(self, name, folder, depends, libraries, line):
        self.name, self.folder, self.line = name, folder, line
        self.depends, self.libraries = depends, libraries


def declared_modules(text):
    """The modules of src/muster/CMakeLists.txt by name."""
    plain = re.sub(r"#[^\n]*", lambda m: " " * len(m.group()), text)
    modules = {}
    for call in re.finditer(r"muster_module\(([^)]*)\)", plain):
        lists, key = {}, None
        for word in call.group(1).split():
            if word in ("NAME", "FOLDER", "PART", "DEPENDS", "LIBRARIES"):
                key = word
                lists[key] = []
            else:
                lists[key].append(word)
        name = lists["NAME"][0]
        modules[name] = Module(name, lists["FOLDER"][0], lists.get("DEPENDS", []),
                               lists.get("LIBRARIES", []), line_of(text, call.start()))
    return modules


class Layers:
    def __init__(self, root, modules):
        self.root, self.modules, self.breaches = root, modules, []

    def report(self, path, line, what, instead):
        self.breaches.append(f"{path}:{line}: {what}: {instead}")

    def module_of(self, inner):
        """The module that owns a path below src/muster: the one with the longest folder."""
        owners = [m for m in self.modules.values() if inner.startswith(m.folder + "/")]
        return max(owners, key=lambda m: len(m.folder), default=None)

    @staticmethod
    def is_private(inner, module):
        return os.path.dirname(inner) != module.folder

    @staticmethod
    def is_sibling(module, owner):
        """Itself, or a module that speaks to the same foreign library (fmt is everybody's)."""
        shared = set(module.libraries) & set(owner.libraries) if module else set()
        return module is owner or bool(shared - {"fmt::fmt"})

    def is_public_header(self, path, module):
        return bool(module) and path.endswith(".hpp") and not self.is_private(
            path[len("src/muster/"):], module)

    def check_declarations(self, path):
        seen = set()
        for module in self.modules.values():
            for name in module.depends:
                if name not in seen:
                    self.report(path, module.line, f"{module.name} depends on {name}, which is "
                                "not a layer below it", "turn the dependency round, or move code")
            for library in module.libraries:
                allowed = FOREIGN.get(library, ("", set()))[1]
                if module.name not in allowed:
                    self.report(path, module.line, f"{module.name} uses {library}",
                                f"only {', '.join(sorted(allowed)) or 'apps'} may")
            seen.add(module.name)

    def check_file(self, path):
        text = read(self.root, path)
        if text is None:
            return
        module = None
        if path.startswith("src/muster/"):
            module = self.module_of(path[len("src/muster/"):])
            if module is None:
                self.report(path, 1, "belongs to no module",
                            "declare its folder in src/muster/CMakeLists.txt")
                return
        for match in INCLUDE.finditer(text):
            line = line_of(text, match.start(2))
            if match.group(1) == '"':
                self.check_own(path, line, module, match.group(2))
            else:
                self.check_foreign(path, line, module, match.group(2))

    def check_own(self, path, line, module, target):
        if not target.startswith("muster/"):
            if module and not (target.startswith("support/") and is_test(path)):
                self.report(path, line, f'includes "{target}"',
                            'name our headers in full, "muster/MODULE/NAME.hpp"')
            return
        if not os.path.exists(os.path.join(self.root, "src", target)):
            self.report(path, line, f'includes "{target}", which is not there',
                        "correct the path")
            return
        owner = self.module_of(target[len("muster/"):])
        if owner and self.is_private(target[len("muster/"):], owner) and not is_test(path):
            if not self.is_sibling(module, owner) or self.is_public_header(path, module):
                self.report(path, line, f'includes the private header "{target}"',
                            "only .cpp files and private headers of its own module may, or of one "
                            "above it that links the same foreign library")
        if module is None or owner is None or owner is module:
            return
        if owner.name not in module.depends:
            self.report(path, line, f'{module.name} includes "{target}" of {owner.name}',
                        f"{module.name} may use: {' '.join(module.depends) or 'nothing of ours'}")
        elif owner.name == "fleet" and module.name in VALUES_ONLY and not is_test(path):
            if os.path.splitext(os.path.basename(target))[0] not in VALUE_HEADERS:
                self.report(path, line, f'{module.name} includes "{target}"',
                            "it may know the fleet's plain types only: take values as parameters")

    def check_foreign(self, path, line, module, target):
        apps, example = path.startswith("apps/"), path.startswith("examples/")
        if is_test(path):
            return
        if re.match(TEST_ONLY, target):
            self.report(path, line, f"includes <{target}>", "only tests and benches may")
        for library, (pattern, _) in FOREIGN.items():
            if not re.match(pattern, target):
                continue
            if self.is_public_header(path, module):
                self.report(path, line, f"public header includes <{target}>",
                            "hide it in a .cpp file or a private header (a folder below)")
            elif example or (apps and library not in APPS) or (
                    module and library not in module.libraries):
                self.report(path, line, f"{module.name if module else path.split('/')[0]} "
                            f"includes <{target}> of {library}",
                            "use the module of ours that wraps it")
        if module:
            self.check_restricted(path, line, module, target)

    def check_restricted(self, path, line, module, target):
        inner = path[len("src/muster/"):]
        for pattern, allowed, files, what, instead in RESTRICTED:
            if re.fullmatch(pattern, target) and module.name not in allowed:
                if not inner.startswith(files or ("\0",)):
                    self.report(path, line, f"{module.name} includes <{target}>, which {what}",
                                instead)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--root", default=ROOT)
    root = parser.parse_args().root
    declarations = "src/muster/CMakeLists.txt"
    text = read(root, declarations)
    if text is None:
        print(f"{declarations}:1: cannot be read: give --root", file=sys.stderr)
        return 2
    layers = Layers(root, declared_modules(text))
    layers.check_declarations(declarations)
    for path in walk(root):
        if is_cpp(path) and path.startswith(("src/", "apps/", "examples/")):
            layers.check_file(path)
    print("\n".join(layers.breaches) or "layers: hold")
    return 1 if layers.breaches else 0


if __name__ == "__main__":
    sys.exit(main())
