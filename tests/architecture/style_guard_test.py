"""tools/check_style.py fails, with file and line, on each thing it bans, and on nothing like it."""
import unittest

from planting import PlantedTree

# What is banned stands here in pieces, so that this file passes the check itself.
MARK = "TO" + "DO"
PATH = "src/muster/fleet/planted.cpp"

# Name of the case: (path, text, line, words of the finding).
BREACHES = {
    "real clock": (PATH, "// P.\nauto t = std::chrono::steady_clock::now();\n", 2, "time"),
    "real clock in a test": ("tests/support/planted.cpp",
                             "// P.\nauto t = std::chrono::system_clock::now ();\n", 2, "time"),
    "sleep": (PATH, "// P.\nvoid f() {\n    std::this_thread::sleep_for(d);\n}\n", 3, "sleeps"),
    "atomic shared_ptr": (PATH, "// P.\nstd::atomic<std::shared_ptr<int>> p;\n", 2, "ViewCell"),
    "new": (PATH, "// P.\nauto* p = new Foo(1);\n", 2, "raw new"),
    "delete": (PATH, "// P.\nvoid f(int* p) {\n    delete p;\n}\n", 3, "raw delete"),
    "printing": (PATH, "// P.\nvoid f() {\n    std::cerr << 1;\n}\n", 3, "prints"),
    "exit": (PATH, "// P.\nvoid f() { std::exit(1); }\n", 2, "ends the process"),
    "signals": (PATH, "// P.\nvoid f() { std::signal(SIGPIPE, SIG_IGN); }\n", 2, "signals"),
    "disabled test": ("src/muster/fleet/planted_test.cpp",
                      "// P.\nTEST(A, DISABLED_b) {}\n", 2, "cannot fail"),
    "silent skip": ("src/muster/fleet/planted_test.cpp",
                    "// P.\nTEST(A, b) { GTEST_SKIP(); }\n", 2, "silent skip"),
    "mark without owner": (PATH, f"// P.\n// {MARK}: later\n", 2, "kind and owner"),
    "fix me": (PATH, "// P.\n// FIX" + "ME\n", 2, "does not merge"),
    "lint silenced without reason": (PATH, "// P.\nint a;  // NO" + "LINT\n", 2, "reason"),
    "registry": ("tools/planted.sh", "#!/bin/sh\n# P.\ncurl https://py" + "pi.org/x\n", 3, "host"),
    "over-long file": (PATH, "// P.\n" + "int a;\n" * 500, 501, "501 lines"),
    "over-long function": (PATH, "// P.\nint f(int a) {\n" + "    ++a;\n" * 70 + "}\n", 2,
                           "a function of 72 lines"),
    "over-long method": (PATH, "// P.\nclass A {\n    int f() const {\n" + "        g();\n" * 69
                         + "    }\n};\n", 3, "a function of 71 lines"),
    "over-long test": ("src/muster/fleet/planted_test.cpp",
                       "// P.\nTEST(A, b) {\n" + "    g();\n" * 70 + "}\n", 2, "72 lines"),
    "long line": (PATH, "// P.\n// " + "x" * 98 + "\n", 2, "101 columns"),
    "tab": (PATH, "// P.\n\tint a;\n", 2, "a tab"),
    "trailing space": (PATH, "// P.\nint a; \n", 2, "space at the end"),
    "no opening comment": (PATH, "#include <vector>\n", 1, "no opening comment"),
    "no opening comment, another's header": (
        PATH, '#include "muster/fleet/report.hpp"\n', 1, "no opening comment"),
    "no pragma once": ("src/muster/fleet/planted.hpp", "// P.\nint a();\n", 1, "pragma once"),
    "using namespace": ("src/muster/fleet/planted.hpp",
                        "// P.\n#pragma once\nusing namespace std;\n", 3, "using namespace"),
    "name of a file": ("src/muster/fleet/load_utils.cpp", "// P.\n", 1, "utils"),
    "braced value awaited": (PATH, "// P.\nauto f() {\n    co_await g(Options{5});\n}\n", 3,
                             "name the object first"),
    "braced value around an await": (PATH, "// P.\nauto f() {\n    use(A{co_await g()});\n}\n", 3,
                                     "name the object first"),
    "capture awaited": (PATH, "// P.\nauto f() {\n    co_await g([x] { return x; });\n}\n", 3,
                        "name the object first"),
    "capturing coroutine": (PATH, "// P.\nauto f = [x](int a) -> asio::awaitable<void> {};\n", 2,
                            "named function"),
}

# Text that looks like a breach and is none.
HARMLESS = {
    "words in comments and strings": (
        PATH, '// Ask ::now() once, never sleep(1).\nconst char* a = "x ::now() new Foo";\n'),
    "deleted functions": (PATH, "// P.\nstruct A {\n    A(const A&) = delete;\n};\n"),
    "new under a unique_ptr": (PATH, "// P.\nauto f() { return std::unique_ptr<A>(new A); }\n"),
    "the real clock in the runtime": (
        "src/muster/io/runtime/planted.cpp", "// P.\nauto t = std::chrono::steady_clock::now();\n"),
    "awaiting in conditions": (
        PATH, "// P.\nauto f() {\n    if (co_await g(x)) {\n        h();\n    }\n"
        "    while (!co_await g(x)) {\n    }\n    auto y = co_await g(std::move(x));\n}\n"),
    "a mark with owner": (PATH, f"// P.\n// {MARK}(soon, house): say it.\n"),
    "a function of 70 lines": (PATH, "// P.\nint f(int a) {\n" + "    ++a;\n" * 68 + "}\n"),
    "a class of 100 lines": (PATH, "// P.\nclass A : public B<int (*)(int)> {\n"
                             + "    int f();\n" * 98 + "};\n"),
    "a namespace of 100 lines": (PATH, "// P.\nnamespace a {\n" + "int f();\n" * 98 + "}\n"),
    "a table of 100 lines": (PATH, "// P.\nconst int a[] = {\n" + "    f(1),\n" * 98 + "};\n"),
    "digit separators": (PATH, "// P.\nint a = 1'000;\nint b = '\"';\nint c = 2'000;\n"),
    "a file introduced by its header": (PATH, '#include "muster/fleet/planted.hpp"\n'),
    "raw strings": (PATH, '// P.\nauto a = R"({"a": "::now()"})";\n'),
}


class StyleGuard(unittest.TestCase):
    def setUp(self):
        self.tree = PlantedTree()
        self.addCleanup(self.tree.close)

    def planted(self, cases):
        """Plants all cases, each under a name of its own: name of the case to (path, rest)."""
        paths = {}
        for number, (name, (path, text, *rest)) in enumerate(cases.items()):
            own = f"planted{number}"
            paths[name] = (path.replace("planted", own), rest)
            self.tree.plant(paths[name][0], text.replace("planted", own))
        return paths

    def test_breaches_are_found_where_they_are(self):
        paths = self.planted(BREACHES)
        code, lines = self.tree.check("check_style.py")
        self.assertEqual(code, 1)
        for name, (path, (line, words)) in paths.items():
            with self.subTest(name):
                found = [f for f in lines if f.startswith(f"{path}:{line}: ")]
                self.assertTrue(any(words in f for f in found), (path, line, found))

    def test_what_only_looks_like_a_breach_passes(self):
        paths = self.planted(HARMLESS)
        _, lines = self.tree.check("check_style.py")
        for name, (path, _) in paths.items():
            with self.subTest(name):
                self.assertEqual([f for f in lines if f.startswith(path + ":")], [])


if __name__ == "__main__":
    unittest.main()
