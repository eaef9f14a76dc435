"""`bench/run.py --quick`: every row of the table is measured and printed."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

BENCH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "bench")
sys.path.insert(0, BENCH)

from endtoend.cases import all_cases  # noqa: E402
from endtoend.scraping import scraping_cases  # noqa: E402
from endtoend.serving import serving_cases  # noqa: E402


class Quick(unittest.TestCase):
    def test_every_row_has_figures(self):
        with tempfile.TemporaryDirectory() as folder:
            values = os.path.join(folder, "values.json")
            done = subprocess.run([os.path.join(BENCH, "run.py"), os.environ["MUSTER_BUILD"],
                                   "--quick", "--json", values],
                                  capture_output=True, text=True, timeout=280, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(values, encoding="utf-8") as file:
                rows = {row["what"]: row for row in json.load(file)}
        cases = [*all_cases(), *serving_cases(), *scraping_cases()]
        expected = [row.what for case in cases for row in case.rows]
        self.assertEqual(len(set(expected)), len(expected), "two rows of one name")
        self.assertEqual(sorted(rows), sorted(expected))
        for what in expected:
            with self.subTest(what):
                self.assertEqual(len(rows[what]["muster"]), 1)
                self.assertGreater(rows[what]["muster"][0], 0)
                self.assertIn(f"| {what} ", done.stdout)
        beside = rows["change to sight, 1,000 workers, asked every 250 ms: mean"]["beside"]
        self.assertEqual(sorted(beside), ["exact mode", "nats.c receiver"])
        self.assertIn("commit ", done.stdout)
        self.assertIn("load average", done.stdout)

    def test_a_folder_without_programs_is_told(self):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([os.path.join(BENCH, "run.py"), folder, "--quick", "--only",
                                   "bytes_1000"], capture_output=True, text=True, timeout=60,
                                  check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("bench_footprint", done.stderr)


if __name__ == "__main__":
    unittest.main()
