"""The sanitizers of the presets, clang-format and clang-tidy each fail on what they are there for.

Programs of planted/ are compiled with the flags and run with the environment that
CMakePresets.json gives the presets `asan` and `tsan`: so this also holds the presets. Skipped, and
said so, where clang 19 is not installed.
"""
import json
import os
import shutil
import subprocess
import tempfile
import unittest

from planting import ROOT, PlantedTree

HERE = os.path.dirname(os.path.abspath(__file__))
NEEDS = ("clang++-19", "clang-tidy-19", "clang-format-19")
MISSING = [tool for tool in NEEDS if not shutil.which(tool)]


def resolved(presets, name):
    """A preset with what it inherits."""
    preset = next(p for p in presets if p["name"] == name)
    parents = preset.get("inherits", [])
    merged = {"cacheVariables": {}, "environment": {}}
    for parent in [parents] if isinstance(parents, str) else parents:
        for key, value in resolved(presets, parent).items():
            merged[key].update(value)
    for key in merged:
        merged[key].update(preset.get(key, {}))
    return merged


@unittest.skipIf(MISSING, f"SKIPPED: not installed: {MISSING}: run tools/install_deps.sh ci")
class ToolGuards(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(os.path.join(ROOT, "CMakePresets.json"), encoding="utf-8") as file:
            cls.presets = json.load(file)

    def run_planted(self, program, preset):
        """(exit code, output, planted line) of planted/<program>.cpp under a preset."""
        source = os.path.join(HERE, "planted", program + ".cpp")
        variables = resolved(self.presets["configurePresets"], preset)["cacheVariables"]
        environment = resolved(self.presets["testPresets"], preset)["environment"]
        with tempfile.TemporaryDirectory() as folder:
            binary = os.path.join(folder, program)
            subprocess.run(
                [variables["CMAKE_CXX_COMPILER"], "-std=c++23", "-O1", "-g1",
                 f"-fsanitize={variables['MUSTER_SANITIZE']}", "-fno-sanitize-recover=all",
                 "-fno-omit-frame-pointer", source, "-o", binary], check=True)
            done = subprocess.run([binary], capture_output=True, text=True, check=False,
                                  env={**os.environ, **environment})
        with open(source, encoding="utf-8") as file:
            lines = file.read().split("\n")
        line = next(n for n, text in enumerate(lines, 1) if "// planted" in text)
        return done.returncode, done.stdout + done.stderr, f"{program}.cpp:{line}"

    def expect(self, program, preset, words):
        code, output, place = self.run_planted(program, preset)
        self.assertNotEqual(code, 0, output)
        self.assertIn(words, output)
        self.assertIn(place, output)

    def test_a_race(self):
        self.expect("race", "tsan", "data race")

    def test_a_leak(self):
        self.expect("leak", "asan", "detected memory leaks")

    def test_an_overflow(self):
        self.expect("overflow", "asan", "signed integer overflow")

    def test_a_file_that_is_not_formatted(self):
        tree = PlantedTree()
        self.addCleanup(tree.close)
        path = "src/muster/fleet/planted.cpp"
        tree.plant(path, "// Planted.\nint  a( );\n")
        subprocess.run(["git", "init", "-q", tree.root], check=True)
        done = subprocess.run([os.path.join(tree.root, "tools/check_format.sh")],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"{path}:2: not formatted", done.stdout)

    def test_a_mistake_that_clang_tidy_knows(self):
        with tempfile.TemporaryDirectory(dir=HERE, prefix=".tidy_") as folder:
            source = os.path.join(folder, "planted.cpp")
            with open(source, "w", encoding="utf-8") as file:
                file.write("// Planted.\n#include <string>\n#include <utility>\n"
                           "std::string twice(std::string a) {\n"
                           "    std::string b = std::move(a);\n    return b + a;\n}\n")
            done = subprocess.run(["clang-tidy-19", "--quiet", source, "--", "-std=c++23"],
                                  capture_output=True, text=True, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"planted\.cpp:6:.*bugprone-use-after-move")


if __name__ == "__main__":
    unittest.main()
