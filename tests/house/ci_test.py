"""tools/ci.sh ends with what failed and why, for somebody who sees only the end of its log.

The tools of the tree run in a copy; its Makefile has the targets of the gate, of which some run a
real ctest over scripts that fail as our tests do, and its checks pass.
"""
import os
import shutil
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CTEST = os.environ.get("MUSTER_CTEST", "ctest")
LAST_LINES = 60
MAKEFILE = """
clang asan format tidy:
\t@:
test:
\t@cd good && ../tools/run_tests.sh . -j2 --output-on-failure
tsan:
\t@cd built && ../tools/run_tests.sh . -j2 --output-on-failure
"""
GTEST_FAILS = """\
[ RUN      ] Suite.{name}
{noise}
suite_test.cpp:106: Failure
Expected equality of these values:
    Which is: 2
without a server, the same
[  FAILED  ] Suite.{name} (123 ms)
[----------] 1 test from Suite (123 ms total)

[----------] Global test environment tear-down
[  PASSED  ] 0 tests.
 1 FAILED TEST
"""
GTEST_SKIPS = """\
[ RUN      ] Suite.{name}
suite_test.cpp:59: Skipped
SKIPPED: genuine workers were NOT tested: no
package index

[  SKIPPED ] Suite.{name} (12 ms)
[----------] 1 test from Suite (12 ms total)
[  PASSED  ] 0 tests.
[  SKIPPED ] 1 test, listed below:
[  SKIPPED ] Suite.{name}
"""
UNITTEST_SKIPS_SOME = """\
test_image (c_test.Image.test_image) ... skipped 'NOT BUILT: no engine'
test_told (c_test.Image.test_told)
With a docstring. ... skipped "it's not here"
test_well (c_test.Image.test_well) ... ok

OK (skipped=2)
"""


class Ci(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="muster_ci_")
        self.addCleanup(folder.cleanup)
        self.tree = folder.name
        shutil.copytree(os.path.join(ROOT, "tools"), os.path.join(self.tree, "tools"))
        for check in ("check_layers.py", "check_style.py", "check_shell_and_words.sh"):
            self.write("tools/" + check, "#!/bin/sh\nexit 0\n")
        self.write("Makefile", MAKEFILE)
        self.build_folder("good", {"suite.passes": ("fine", 0)})
        self.build_folder("built", {"suite.passes": ("fine", 0)})

    def write(self, path, text):
        target = os.path.join(self.tree, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w", encoding="utf-8") as file:
            file.write(text)

    def build_folder(self, folder, tests):
        """A build folder with these tests: name to what it prints and its exit code."""
        lines = []
        for name, (text, code) in tests.items():
            self.write(f"{folder}/{name}.txt", text)
            lines.append(f'add_test({name} "/bin/sh" "-c" "cat {name}.txt; exit {code}")\n')
            lines.append(f'set_tests_properties({name} PROPERTIES SKIP_RETURN_CODE 77)\n')
        self.write(f"{folder}/CTestTestfile.cmake", "".join(lines))

    def run_gate(self):
        """(exit code, the last lines of what it prints)."""
        done = subprocess.run([os.path.join(self.tree, "tools/ci.sh")], capture_output=True,
                              text=True, check=False,
                              env={**os.environ, "MUSTER_CTEST": CTEST, "LC_ALL": "C.UTF-8"})
        return done.returncode, done.stdout.splitlines()[-LAST_LINES:]

    @staticmethod
    def not_tested(lines):
        """What the log ends with under that title."""
        title = "=== NOT TESTED here, and why"
        return lines[len(lines) - lines[::-1].index(title):]

    def test_says_nothing_of_failures_when_there_are_none(self):
        code, lines = self.run_gate()
        self.assertEqual(code, 0, lines)
        self.assertNotIn("what failed", "\n".join(lines))
        self.assertTrue(lines[-1].startswith("Total Test time"), lines[-1])

    def test_ends_with_the_words_of_a_failed_test(self):
        noise = "\n".join(f"noise {n}" for n in range(200))
        self.build_folder("built", {
            "suite.fails": (GTEST_FAILS.format(name="fails", noise=noise), 1),
            "suite.skips": ("no broker here", 77),
            "suite.passes": ("fine", 0)})
        code, lines = self.run_gate()
        self.assertEqual(code, 1)
        at = lines.index("--- tsan: suite.fails")
        end = lines.index("", at)
        self.assertEqual(lines[end - 1], "[  FAILED  ] Suite.fails (123 ms)")
        self.assertIn("without a server, the same", lines[at:end])
        self.assertEqual(end - at, 26, "its last 25 lines")
        self.assertNotIn("no broker here", lines)
        self.assertNotIn("fine", lines)
        self.assertGreater(at, next(n for n, text in enumerate(lines) if text.startswith("total")))
        self.assertTrue(lines[-1].startswith("Total Test time"), lines[-1])

    def test_ends_with_what_was_skipped_and_why(self):
        self.build_folder("good", {
            "suite.passes": ("fine", 0),
            "suite.one": (GTEST_SKIPS.format(name="one"), 77),
            "suite.two": (GTEST_SKIPS.format(name="two"), 77),
            "suite.shell": ("looking\nno systemd-analyze here\n", 77),
            "suite.python": (UNITTEST_SKIPS_SOME, 0)})
        code, lines = self.run_gate()
        self.assertEqual(code, 0, "a skip fails nothing")
        told = self.not_tested(lines)
        self.assertEqual(sorted(told), [
            "NOT BUILT: no engine (test_image)",
            "SKIPPED: genuine workers were NOT tested: no package index (Suite.one and 1 more)",
            "it's not here (test_told)",
            "no systemd-analyze here (suite.shell)"])

    def test_many_reasons_leave_room_for_the_rest(self):
        self.build_folder("good", {f"suite.{n}": (f"no {n} here", 77) for n in range(14)})
        lines = self.run_gate()[1]
        told = self.not_tested(lines)
        self.assertEqual(len(told), 7)
        self.assertEqual(told[-1], "and for 8 other reasons")

    def test_a_test_run_that_failed_and_skipped_fails(self):
        self.build_folder("good", {"suite.fails": (GTEST_FAILS.format(name="f", noise=""), 1),
                                   "suite.shell": ("no broker here", 77)})
        code, lines = self.run_gate()
        self.assertEqual(code, 1)
        self.assertIn("no broker here (suite.shell)", lines[-3:])

    def test_many_failures_share_the_last_lines(self):
        self.build_folder("built", {
            f"suite.fails_{n}": (GTEST_FAILS.format(name=n, noise="noise\n" * 50), 1)
            for n in range(12)})
        code, lines = self.run_gate()
        self.assertEqual(code, 1)
        self.assertEqual(sum(text.startswith("--- tsan: suite.fails_") for text in lines), 8)
        self.assertEqual(lines.count("suite_test.cpp:106: Failure"), 8)
        self.assertTrue(any(text.startswith("--- and: tsan: suite.fails_") for text in lines))

    def test_a_report_of_a_sanitizer_is_told_though_the_test_passed(self):
        text = GTEST_FAILS.format(name="leaks", noise="") + "SUMMARY: AddressSanitizer: 8 byte(s)\n"
        self.build_folder("built", {"suite.leaks": (text, 1)})
        self.assertIn("SUMMARY: AddressSanitizer: 8 byte(s)", self.run_gate()[1])

    def test_a_failed_stage_without_tests_ends_with_its_own_words(self):
        self.write("Makefile", MAKEFILE.replace("asan format", "format") +
                   "asan:\n\t@echo 'x.cpp:1: error: no such thing'; exit 1\n")
        self.write("tools/check_style.py", "#!/bin/sh\necho 'y.cpp:2: too long'; exit 1\n")
        code, lines = self.run_gate()
        self.assertEqual(code, 1)
        self.assertEqual(lines[lines.index("--- asan") + 1], "x.cpp:1: error: no such thing")
        self.assertEqual(lines[lines.index("--- style") + 1], "y.cpp:2: too long")


if __name__ == "__main__":
    unittest.main()
