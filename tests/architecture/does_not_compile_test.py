"""Each file of does_not_compile/ compiles as it is and fails, at the marked line, with the breach.

A file names the diagnostics in its line `// expect: REGEX`; its breach stands under
`#ifdef MUSTER_BREACH` on the line marked `// breach`. The compiler is that of the build ($CXX).
"""
import glob
import os
import re
import subprocess
import unittest

from planting import ROOT

HERE = os.path.dirname(os.path.abspath(__file__))
COMPILER = os.environ.get("CXX", "g++")


def compile_file(path, *flags):
    done = subprocess.run(
        [COMPILER, "-std=c++23", "-fsyntax-only", "-I", os.path.join(ROOT, "src"), *flags, path],
        capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"})
    return done.returncode, done.stderr


class DoesNotCompile(unittest.TestCase):
    def test_each_breach_is_refused_where_it_stands(self):
        paths = sorted(glob.glob(os.path.join(HERE, "does_not_compile", "*.cpp")))
        self.assertTrue(paths)
        for path in paths:
            with self.subTest(os.path.basename(path)):
                with open(path, encoding="utf-8") as file:
                    text = file.read()
                expected = re.search(r"^// expect: (.*)$", text, re.M).group(1)
                line = text[:text.index("// breach")].count("\n") + 1
                self.assertEqual(compile_file(path), (0, ""))
                code, said = compile_file(path, "-DMUSTER_BREACH")
                self.assertNotEqual(code, 0)
                self.assertRegex(said, rf"{os.path.basename(path)}:{line}:\d+: error: ")
                self.assertRegex(said, expected)


if __name__ == "__main__":
    unittest.main()
