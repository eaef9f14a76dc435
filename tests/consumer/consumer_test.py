"""What is installed is enough for somebody else's program, and no more than it asks for.

Installs the build of this run (static) and a shared build of the same sources into prefixes of
their own; builds tests/consumer/program by find_package and by pkg-config; looks at what the
results load. All of it lies in the build folder, begun anew each time: under the same names, so
that the compiler cache knows it. Run by CTest, which sets MUSTER_BUILD, MUSTER_FLAGS and CXX.
"""
import glob
import json
import os
import shlex
import shutil
import subprocess
import unittest
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ["MUSTER_BUILD"]
CXX = os.environ["CXX"]
CACHE = [path for path in [shutil.which("ccache")] if path]
FOREIGN = ("/nats/", "/boost/", "/openssl/", "simdjson", "/fmt/", "/CLI/", "zlib.h")


def run(*command, **options):
    """The standard output; a failure shows both outputs."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise AssertionError(f"{shlex.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def loaded(program):
    return run("ldd", program)


def fleet_served_by(program):
    """What it answers to GET /v1/fleet while it runs."""
    with subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as server:
        address = server.stdout.readline().strip()
        try:
            with urllib.request.urlopen(f"http://{address}/v1/fleet", timeout=60) as answer:
                return json.load(answer)
        finally:
            server.stdin.close()


class Consumer:
    """The same for both kinds of library; `cls.prefix` is where muster is installed."""

    @classmethod
    def install(cls, build):
        cls.folder = os.path.join(BUILD, "consumer", cls.__name__)
        shutil.rmtree(cls.folder, ignore_errors=True)
        os.makedirs(cls.folder)
        cls.prefix = os.path.join(cls.folder, "prefix")
        run("cmake", "--install", build, "--prefix", cls.prefix)

    def by_cmake(self, parts):
        """Folder with the programs of tests/consumer/program, built against the parts."""
        build = os.path.join(self.folder, "with_" + parts.replace(";", "_"))
        run("cmake", "-G", "Ninja", "-S", os.path.join(HERE, "program"), "-B", build,
            f"-DCMAKE_PREFIX_PATH={self.prefix}", f"-DCMAKE_CXX_COMPILER={CXX}",
            f"-DPARTS={parts}", *[f"-DCMAKE_CXX_COMPILER_LAUNCHER={cache}" for cache in CACHE])
        run("cmake", "--build", build)
        return build

    def by_pkg_config(self, program, part):
        binary = os.path.join(self.folder, f"{program}_by_pkg_config")
        path = os.path.join(self.prefix, "lib", "pkgconfig")
        flags = run("pkg-config", "--cflags", "--libs", f"muster-{part}",
                    env={**os.environ, "PKG_CONFIG_PATH": path})
        options = shlex.split(flags)
        compiling = [option for option in options if option.startswith(("-I", "-D"))]
        run(*CACHE, CXX, "-std=c++23", *compiling, "-c",
            os.path.join(HERE, "program", program + ".cpp"), "-o", binary + ".o")
        run(CXX, binary + ".o", "-o", binary, *options, f"-Wl,-rpath,{self.prefix}/lib")
        return binary

    def test_a_reader_of_views_links_neither_tls_nor_a_broker(self):
        program = os.path.join(self.by_cmake("core"), "view_reader")
        self.assertEqual(run(program), "version 0\n")
        for library in ("libssl", "libcrypto", "libnats"):
            self.assertNotIn(library, loaded(program))

    def test_several_components(self):
        build = self.by_cmake("core;nats;http")
        program = os.path.join(build, "nats_follower")
        self.assertEqual(run(program), "sources 1\n")
        self.assertIn("libnats", loaded(program))
        server = os.path.join(build, "fleet_server")
        self.assertEqual(fleet_served_by(server)["epoch"], "c0ffee")
        self.assertNotIn("libnats", loaded(server))

    def test_a_part_that_is_not_there(self):
        with self.assertRaisesRegex(AssertionError, "telepathy"):
            self.by_cmake("core;telepathy")

    def test_pkg_config(self):
        reader = self.by_pkg_config("view_reader", "core")
        self.assertEqual(run(reader), "version 0\n")
        self.assertNotIn("libssl", loaded(reader))
        self.assertEqual(run(self.by_pkg_config("nats_follower", "nats")), "sources 1\n")
        server = self.by_pkg_config("fleet_server", "http")
        self.assertEqual(fleet_served_by(server)["workers"], [])

    def test_public_headers_name_no_foreign_library(self):
        include = os.path.join(self.prefix, "include")
        headers = glob.glob(os.path.join(include, "muster", "**", "*.hpp"), recursive=True)
        self.assertGreater(len(headers), 30)
        everything = os.path.join(self.folder, "everything.cpp")
        with open(everything, "w", encoding="utf-8") as file:
            file.writelines(f'#include "{os.path.relpath(h, include)}"\n' for h in sorted(headers))
        used = run(CXX, "-std=c++23", "-I", include, "-M", everything).replace("\\\n", " ").split()
        theirs = [path for path in used if not path.startswith(self.folder)]
        self.assertEqual([p for p in theirs if any(name in p for name in FOREIGN)], [])


class StaticConsumer(Consumer, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.install(BUILD)


class SharedConsumer(Consumer, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        build = BUILD + "-shared"
        run("cmake", "-G", "Ninja", "-S", ROOT, "-B", build, "-DBUILD_SHARED_LIBS=ON",
            "-DMUSTER_DEVELOPER=OFF", "-DMUSTER_WERROR=ON", f"-DCMAKE_CXX_COMPILER={CXX}",
            "-DCMAKE_BUILD_TYPE=RelWithDebInfo",
            f"-DCMAKE_CXX_FLAGS_RELWITHDEBINFO={os.environ['MUSTER_FLAGS']}")
        run("cmake", "--build", build, "-j2")
        cls.install(build)

    def test_the_library_is_loaded_not_copied(self):
        program = os.path.join(self.by_cmake("core"), "view_reader")
        self.assertIn("libmuster_core.so.0.1", loaded(program))


if __name__ == "__main__":
    unittest.main()
