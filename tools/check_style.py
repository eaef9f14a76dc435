#!/usr/bin/env python3
"""The house style as a check: what CONTRIBUTING.md says, as far as a machine can tell.

usage: tools/check_style.py [--root FOLDER]      prints `file:line: what: do this instead`
exit codes: 0 nothing found; 1 something
"""
import argparse
import os
import re
import sys

from source_files import ROOT, code_only, is_cpp, is_test, line_of, read, walk

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 100
SOURCE = (".cpp", ".hpp", ".py", ".sh", ".cmake", ".ts", "CMakeLists.txt", "Makefile")
BANNED_NAMES = {"utils", "util", "common", "helper", "helpers", "manager", "impl", "data", "misc"}
SELF = "tools/check_style.py"
RUNTIME = "src/muster/io/runtime/"


def everywhere(_):
    return True


def outside_runtime(path):
    return not path.startswith(RUNTIME)


def in_library(path):
    return path.startswith("src/") and not is_test(path)


def in_library_but_nats_library(path):
    # That file undoes the change of a disposition that opening nats.c makes.
    return in_library(path) and path != "src/muster/io/nats/detail/nats_library.cpp"


# (pattern, files, what, do this instead), on C++ without comments and strings.
CODE_RULES = [
    (r"::now\s*\(|\bclock_gettime\s*\(|\bgettimeofday\s*\(", outside_runtime,
     "asks the machine for the time", "take `Time now` or a `const Clock&` as a parameter"),
    (r"\b(sleep_for|sleep_until|usleep|nanosleep|sleep)\s*\(", outside_runtime,
     "sleeps", "wait on a condition with a deadline (Watcher, tests/support)"),
    (r"\batomic<\s*std::shared_ptr\b", everywhere,
     "std::atomic<std::shared_ptr> is slow here and fails ThreadSanitizer", "use ViewCell"),
    (r"(?<!\boperator )\bnew\s+(\([^)]*\)\s*)?[A-Za-z_:]", everywhere,
     "raw new", "use std::make_unique or std::make_shared"),
    (r"(?<!=)(?<!= )\bdelete\b(\s*\[\s*\])?\s+[A-Za-z_*(]", everywhere,
     "raw delete", "let a unique_ptr own it"),
    (r"\b(std::)?(rand|srand|random_shuffle)\s*\(", everywhere,
     "unseeded randomness", "pass a seeded engine"),
    (r"\bstd::(cout|cerr|clog)\b|(?<![\w:])(std::)?(printf|puts|perror)\s*\(|\bstd(out|err)\b",
     in_library, "the library prints", "return an Error or a counter; apps print"),
    (r"(?<![\w.>])(std::)?(exit|_exit|quick_exit|abort|terminate)\s*\(", in_library,
     "the library ends the process", "return an Error; assert for a programmer's error"),
    (r"(?<![\w.>])(std::)?(signal|sigaction)\s*\(", in_library_but_nats_library,
     "the library handles signals", "leave signals to the program; use MSG_NOSIGNAL"),
    (r"\b(DISABLED_\w+|EXPECT_TRUE\s*\(\s*true\s*\)|ASSERT_TRUE\s*\(\s*true\s*\))", everywhere,
     "a test that cannot fail", "test something, or remove it"),
    (r"\bGTEST_SKIP\s*\(\s*\)\s*;", everywhere,
     "a silent skip", "say why and how to get it: GTEST_SKIP() << \"...\""),
    (r"\[[^\]\n]+\]\s*(\([^)]*\))?[^{;()]*->\s*[\w:]*awaitable\b", everywhere,
     "a coroutine that is a capturing lambda (GCC 12 destroys captures twice)",
     "make it a named function with parameters by value"),
]

# The same, on whole lines, comments included, in every source file but this one.
LINE_RULES = [
    (r"\bTODO\b(?!\((soon|perf|port|test), \w+\): )", "TODO without kind and owner",
     "write TODO(soon|perf|port|test, owner): sentence"),
    (r"\b(FIXME|XXX)\b", "a mark that does not merge", "mend it, or write a TODO(kind, owner):"),
    (r"\bNOLINT(NEXTLINE|BEGIN)?\b(?!\([\w.,-]+\)(:|  //) ?\S)", "NOLINT without check and reason",
     "write NOLINT(check-name): reason"),
    (r"registry\.npmjs|pypi\.org|pythonhosted\.org|deb\.debian\.org|crates\.io|proxy\.golang"
     r"|ghcr\.io|docker\.io|quay\.io", "names a registry host",
     "use what the machine is configured with"),
]


class Style:
    def __init__(self, root):
        self.root, self.findings = root, []

    def report(self, path, line, what, instead):
        self.findings.append(f"{path}:{line}: {what}: {instead}")

    def check(self, path):
        stem = os.path.basename(path).split(".")[0]
        for word in set(stem.split("_")) & BANNED_NAMES:
            self.report(path, 1, f"`{word}` in a file's name says nothing",
                        "name its main type or verb")
        if not path.endswith(SOURCE) and not self.is_script(path):
            return
        text = read(self.root, path)
        if text is None:
            self.report(path, 1, "is not UTF-8", "save it as UTF-8")
            return
        self.check_lines(path, text)
        if is_cpp(path):
            code = code_only(text)
            self.check_cpp(path, text, code)
            self.check_awaits(path, code)
            self.check_functions(path, code)

    def is_script(self, path):
        if "." in os.path.basename(path) or not path.startswith((".ci/", "tools/", "tests/")):
            return False
        return (read(self.root, path) or "").startswith("#!")

    def check_lines(self, path, text):
        lines = text.split("\n")
        if len(lines) - 1 > FILE_LINES_MAX:
            self.report(path, FILE_LINES_MAX + 1, f"{len(lines) - 1} lines in one file",
                        f"split it: {FILE_LINES_MAX} at most, aim below 200")
        if text and not text.endswith("\n"):
            self.report(path, len(lines), "no newline at the end", "add one")
        opening = lines[1] if lines[0].startswith("#!") and len(lines) > 1 else lines[0]
        marks = ("//", "/*") if is_cpp(path) or path.endswith(".ts") else ("#", '"""')
        # x.cpp that begins with its own x.hpp is introduced there.
        own = re.match(r'#include ".*/(\w+)\.hpp"$', opening)
        introduced = own and own.group(1) == os.path.basename(path).removesuffix(".cpp")
        if not introduced and not opening.startswith(marks):
            self.report(path, 1, "no opening comment",
                        "say what the file is for, its place in the data path, its thread rule")
        for number, line in enumerate(lines, 1):
            if len(line) > COLUMNS_MAX:
                self.report(path, number, f"{len(line)} columns", f"{COLUMNS_MAX} at most")
            if "\t" in line and not path.endswith("Makefile"):
                self.report(path, number, "a tab", "use spaces")
            if line != line.rstrip():
                self.report(path, number, "space at the end of the line", "remove it")
            if path == SELF:
                continue
            for pattern, what, instead in LINE_RULES:
                if re.search(pattern, line):
                    self.report(path, number, what, instead)

    def check_cpp(self, path, text, code):
        if path.endswith(".hpp"):
            if "#pragma once" not in text:
                self.report(path, 1, "no #pragma once", "add it below the opening comment")
            for match in re.finditer(r"^\s*using namespace\b", code, re.M):
                self.report(path, line_of(code, match.end()), "using namespace in a header",
                            "name what is used")
        for pattern, files, what, instead in CODE_RULES:
            if not files(path):
                continue
            for match in re.finditer(pattern, code):
                # A private constructor needs `new`; its pointer is owned in the same breath.
                if what == "raw new" and re.search(r"_ptr<[^;{}]*\(\s*$", code[:match.start()]):
                    continue
                self.report(path, line_of(code, match.start()), what, instead)

    def check_awaits(self, path, code):
        """GCC 12 destroys aggregates and captures twice that are born in a co_await expression."""
        for match in re.finditer(r"\bco_await\b", code):
            if born_in_expression(code, match.start()):
                self.report(path, line_of(code, match.start()),
                            "a braced value or capturing lambda in a co_await expression",
                            "name the object first, then move it in")

    def check_functions(self, path, code):
        for start, end in function_bodies(code):
            first, last = line_of(code, start), line_of(code, end)
            if last - first + 1 > FUNCTION_LINES_MAX:
                self.report(path, first, f"a function of {last - first + 1} lines",
                            f"split it: {FUNCTION_LINES_MAX} at most")


def born_in_expression(code, at):
    """Whether the statement around a co_await also has a braced value or a capturing lambda."""
    depth, i = 0, at
    while i < len(code):
        c = code[i]
        if c in "([":
            if c == "[" and re.match(r"\[[^\[\]]+\]\s*(\([^()]*\)\s*(mutable\s*)?)?(->[^{;]*)?\{",
                                     code[i:i + 300]):
                return True
            depth += 1
        elif c in ")]":
            depth -= 1
        elif c == "{":
            # After the `)` that closes an if or a loop this is a block, not a value.
            if depth < 0 and code[at:i].rstrip().endswith(")"):
                break
            return True
        elif c == ";" or c == "}":
            break
        i += 1
    before = re.search(r"[^;{}]*$", code[:at])
    opened = code[:before.start()].rstrip()
    if opened.endswith("{"):
        word = re.search(r"(\w+|[>)=,(]|\S)\s*$", opened[:-1])
        word = word.group(1) if word else ""
        names_value = re.fullmatch(r"\w+|[>=,(]", word) and word not in (
            "else", "do", "try", "const", "noexcept", "override", "mutable")
        return bool(names_value) and not re.search(r"(->\s*[\w:<>, ]+|\bnamespace\b[^;{}]*)$",
                                                   opened[:-1])
    return False


def function_bodies(code):
    """(start of the signature, closing brace) of each outermost function body."""
    found, depth_of_body, stack = [], None, []
    statement = 0
    for match in re.finditer(r"[{};]", code):
        c, i = match.group(), match.start()
        if c == "{":
            head = code[statement:i]
            stack.append(None)
            if depth_of_body is None and is_function_head(head):
                stack[-1] = statement + len(head) - len(head.lstrip())
                depth_of_body = len(stack)
        elif c == "}" and stack:
            start = stack.pop()
            if start is not None:
                found.append((start, i))
                depth_of_body = None
        if depth_of_body is None:
            statement = i + 1
    return found


def is_function_head(head):
    text = re.sub(r"^\s*#.*$", "", head, flags=re.M).strip()
    if not text or ")" not in text:
        return False
    if re.match(r"(template\s*<[^{}]*>\s*)?(class|struct|union|enum|namespace)\b", text):
        return False
    return not text.endswith(("=", ",", "("))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--root", default=ROOT)
    style = Style(parser.parse_args().root)
    for path in walk(style.root):
        style.check(path)
    print("\n".join(style.findings) or "style: nothing found")
    return 1 if style.findings else 0


if __name__ == "__main__":
    sys.exit(main())
