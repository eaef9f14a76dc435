"""A copy of the tree to plant breaches in, and the checks run on it.

Used by the guard tests of this folder. The copy lies in a temporary folder; the tree itself is
never written to.
"""
import os
import shutil
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LEFT_OUT = shutil.ignore_patterns("build", ".git", ".cache", "__pycache__", "corpus", "golden")


class PlantedTree:
    """The tree as it stands, with what a test plants."""

    def __init__(self, folders=None):
        """All of the tree, or only some of its folders."""
        self.folder = tempfile.TemporaryDirectory(prefix="muster_planted_")
        self.root = os.path.join(self.folder.name, "tree")
        for folder in folders or [""]:
            shutil.copytree(os.path.join(ROOT, folder), os.path.join(self.root, folder),
                            ignore=LEFT_OUT)

    def close(self):
        self.folder.cleanup()

    def plant(self, path, text):
        target = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w", encoding="utf-8") as file:
            file.write(text)

    def replace(self, path, old, new):
        target = os.path.join(self.root, path)
        with open(target, encoding="utf-8") as file:
            text = file.read()
        assert old in text, f"{old!r} is not in {path}"
        with open(target, "w", encoding="utf-8") as file:
            file.write(text.replace(old, new, 1))

    def check(self, tool):
        """(exit code, lines) of tools/<tool> on this tree."""
        done = subprocess.run([os.path.join(ROOT, "tools", tool), "--root", self.root],
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stdout.splitlines()
