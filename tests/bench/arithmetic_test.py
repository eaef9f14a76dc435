"""How delays are told from truth and sightings, and goals from figures."""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "bench"))

from endtoend.delay import (PUSHED_FIELDS, delays, percentile,  # noqa: E402
                            read_sightings, read_truth)
from endtoend.table import Row, median, render  # noqa: E402

MS = 1_000_000


def truth_line(at_ms, instance, running, waiting=0, kv=0):
    return (f'{{"t_ns":{at_ms * MS},"worker":"n/c/{instance}","load":{{"running":{running},'
            f'"waiting":{waiting},"kv_active_blocks":{kv}}}}}\n')


def sighting(at_ms, instance, running, waiting=0, kv=0):
    return f"{at_ms * MS} {instance} {running} {waiting} {kv}\n"


class Delays(unittest.TestCase):
    def test_each_change_is_held_against_its_own_sight(self):
        truth = read_truth([truth_line(0, 7, 1), truth_line(100, 7, 2), truth_line(200, 7, 3)])
        seen = read_sightings([sighting(130, 7, 2), sighting(290, 7, 3)])
        self.assertEqual(delays(truth, seen, 50 * MS, 300 * MS), ([30.0, 90.0], 0))

    def test_a_change_overtaken_by_the_next_is_seen_with_it(self):
        truth = read_truth([truth_line(0, 7, 1), truth_line(10, 7, 2), truth_line(20, 7, 3)])
        seen = read_sightings([sighting(50, 7, 3)])
        self.assertEqual(delays(truth, seen, 5 * MS, 99 * MS), ([30.0, 40.0], 0))

    def test_a_load_that_returns_is_not_taken_for_its_first_time(self):
        truth = read_truth([truth_line(0, 7, 1), truth_line(10, 7, 2), truth_line(20, 7, 1),
                            truth_line(60, 7, 2)])
        seen = read_sightings([sighting(30, 7, 1), sighting(70, 7, 2)])
        self.assertEqual(delays(truth, seen, 15 * MS, 99 * MS), ([10.0, 10.0], 0))

    def test_what_was_never_seen_is_counted(self):
        truth = read_truth([truth_line(0, 7, 1), truth_line(10, 7, 2), truth_line(10, 8, 5)])
        seen = read_sightings([sighting(15, 7, 2)])
        self.assertEqual(delays(truth, seen, 5 * MS, 99 * MS), ([5.0], 1))

    def test_a_sight_before_its_change_does_not_count(self):
        truth = read_truth([truth_line(0, 7, 1), truth_line(100, 7, 2)])
        seen = read_sightings([sighting(90, 7, 2)])
        self.assertEqual(delays(truth, seen, 50 * MS, 300 * MS), ([], 1))

    def test_only_what_triggers_a_push_counts_for_pushes(self):
        truth = read_truth([truth_line(0, 7, 1, 1), truth_line(10, 7, 2, 1),
                            truth_line(20, 7, 3, 2)], PUSHED_FIELDS)
        self.assertEqual(truth, {"7": [(0, (1, 0)), (20 * MS, (2, 0))]})

    def test_the_last_line_may_be_cut_off(self):
        self.assertEqual(read_truth([truth_line(0, 7, 1), '{"t_ns":12']), {"7": [(0, (1, 0, 0))]})

    def test_percentile(self):
        self.assertEqual(percentile(list(range(100)), 99), 99)
        self.assertEqual(percentile([5], 99), 5)


class Goals(unittest.TestCase):
    def test_medians_are_judged(self):
        row = Row("x", "us", "receiver + 1",
                  lambda ours, beside: ours <= beside["nats.c receiver"] + 1)
        for ours, reference in ((3, 2), (9, 2), (3, 2)):
            row.add(ours, **{"nats.c_receiver": reference})
        self.assertEqual(row.verdict(), "met")
        row.add(9, **{"nats.c_receiver": 2})
        row.add(9, **{"nats.c_receiver": 2})
        self.assertEqual(row.verdict(), "NOT MET")

    def test_without_a_goal_there_is_no_verdict(self):
        row = Row("x", "us")
        row.add(1)
        self.assertEqual(row.verdict(), "")

    def test_median_and_table(self):
        self.assertEqual(median([4, 1, 3, 2]), 2.5)
        row = Row("x", "us")
        for value in (3, 1, 2):
            row.add(value, beside=value * 10)
        self.assertIn("| 1.00 / 2.00 / 3.00 | beside 10.00 / 20.00 / 30.00 |", render([row]))


if __name__ == "__main__":
    unittest.main()
