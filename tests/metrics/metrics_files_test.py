"""The page in both forms, the alert rules, the dashboard and the guide, held against each other.

promtool and the strict parser come from Debian (tools/install_deps.sh test); without them their
tests are skipped, and say so.
"""
import os
import re
import shutil
import subprocess
import tempfile
import unittest

import promql

try:
    from prometheus_client.openmetrics import parser as openmetrics
except ImportError:
    openmetrics = None

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RULES = "packaging/prometheus/muster.rules.yml"
DASHBOARD = "packaging/grafana/muster.json"
ALERT_TESTS = "tests/metrics/alerts_test.yml"
NEEDS_PROMTOOL = unittest.skipUnless(
    shutil.which("promtool"), "no promtool: apt-get install prometheus")


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def promtool(*arguments, stdin=None):
    done = subprocess.run(["promtool", *arguments], input=stdin, text=True, capture_output=True,
                          check=False, timeout=60)
    return done.returncode, done.stdout + done.stderr


def exported():
    """{series: labels seen on it} of the golden page; those without samples have no labels."""
    series = {}
    for line in read("tests/golden/metrics/guide.txt").splitlines():
        described = re.match(r"# TYPE (\w+) (\w+)", line)
        if described:
            name, kind = described.groups()
            suffixes = ("_bucket", "_count", "_sum") if kind == "histogram" else ("",)
            series.update({name + suffix: set() for suffix in suffixes})
        elif not line.startswith("#"):
            name = re.match(r"\w+", line)[0]
            series[name] |= set(re.findall(r'[{,](\w+)="', line))
    return series


def expressions():
    return promql.of_rules(read(RULES)) + promql.of_dashboard(read(DASHBOARD))


class Page(unittest.TestCase):
    @NEEDS_PROMTOOL
    def test_promtool_finds_nothing_in_the_text_form(self):
        self.assertEqual(promtool("check", "metrics",
                                  stdin=read("tests/golden/metrics/guide.txt")), (0, ""))

    @NEEDS_PROMTOOL
    def test_prometheus_reads_the_openmetrics_form(self):
        # `check metrics` knows the text form alone; this command has the parser of the scraper, and
        # wants times.
        lines = read("tests/golden/metrics/guide.openmetrics.txt").splitlines()
        timed = "".join(line + ("\n" if line.startswith("#") else " 1700000000\n")
                        for line in lines)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "page.txt")
            with open(path, "w", encoding="utf-8") as file:
                file.write(timed)
            code, said = promtool("tsdb", "create-blocks-from", "openmetrics", path, folder)
        self.assertEqual(code, 0, said)
        samples = sum(not line.startswith("#") for line in lines)
        self.assertRegex(said, rf"\s{samples}\s+{samples}\s+{samples}\s")

    @unittest.skipUnless(openmetrics, "no parser: apt-get install python3-prometheus-client")
    def test_a_strict_parser_reads_the_openmetrics_form(self):
        page = read("tests/golden/metrics/guide.openmetrics.txt")
        families = list(openmetrics.text_string_to_metric_families(page))
        self.assertEqual(len(families), page.count("# TYPE "))
        units = {family.name: family.unit for family in families if family.unit}
        self.assertEqual(units["muster_worker_report_age_seconds"], "seconds")
        with self.assertRaises(ValueError):
            list(openmetrics.text_string_to_metric_families(page.replace("# EOF\n", "")))


class Expressions(unittest.TestCase):
    def test_selectors_are_found(self):
        self.assertEqual(
            promql.selectors('sum by (a, b) (rate(x{l="1", m=~"a|b"}[5m])) > 2 and on (a) y == 1'),
            [("x", {"l": "1", "m": "a|b"}), ("y", {})])
        self.assertEqual(promql.label_lists("sum by (a, b) (x) * on (c) group_left (d) y"),
                         {"a", "b", "c", "d"})

    def test_there_are_some(self):
        self.assertGreaterEqual(len(promql.of_rules(read(RULES))), read(RULES).count("- alert:"))
        self.assertGreater(len(promql.of_dashboard(read(DASHBOARD))), 30)

    @NEEDS_PROMTOOL
    def test_every_one_parses(self):
        rules = "groups:\n- name: all\n  rules:\n"
        for i, (_, expression) in enumerate(expressions()):
            self.assertNotIn("$", expression, "a variable of Grafana that is not known here")
            quoted = expression.strip().replace("'", "''").replace("\n", " ")
            rules += f"  - record: expression_{i}\n    expr: '{quoted}'\n"
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            file.write(rules)
            file.flush()
            code, said = promtool("check", "rules", file.name)
        self.assertEqual(code, 0, said)
        self.assertIn(f"{len(expressions())} rules found", said)

    def test_every_one_names_only_what_is_exported(self):
        series = exported()
        for where, expression in expressions():
            found = promql.selectors(expression)
            self.assertTrue(found, f"{where}: no series in {expression}")
            for name, labels in found:
                self.assertIn(name, series, f"{where}: {expression}")
                unknown = set(labels) - series[name] - promql.TARGET_LABELS
                self.assertFalse(unknown, f"{where}: {name} has no such label: {expression}")
            everywhere = set().union(*(series[name] for name, _ in found))
            unknown = promql.label_lists(expression) - everywhere - promql.TARGET_LABELS
            self.assertFalse(unknown, f"{where}: no such label: {expression}")

    def test_values_of_state_and_flag_exist(self):
        page = read("tests/golden/metrics/guide.txt")
        states = set(re.findall(r'state="(\w+)"', page))
        flags = set(re.findall(r'"(\w+)"', re.search(
            r"kWorkerFlagNames = \{([^}]*)\}", read("src/muster/fleet/worker_flags.hpp"))[1]))
        outcomes = set(re.findall(r'outcome="(\w+)"', page))
        known = {"state": states, "flag": flags, "outcome": outcomes}
        for where, expression in expressions():
            for _, labels in promql.selectors(expression):
                for label in known.keys() & labels.keys():
                    for value in labels[label].split("|"):
                        self.assertIn(value, known[label], f"{where}: {expression}")


class Rules(unittest.TestCase):
    @NEEDS_PROMTOOL
    def test_promtool_finds_nothing(self):
        code, said = promtool("check", "rules", os.path.join(ROOT, RULES))
        self.assertEqual(code, 0, said)

    @NEEDS_PROMTOOL
    def test_each_fires_when_it_must_and_only_then(self):
        code, said = promtool("test", "rules", os.path.join(ROOT, ALERT_TESTS))
        self.assertEqual(code, 0, said)

    def test_each_has_a_test_of_firing_and_one_of_silence(self):
        tests = read(ALERT_TESTS)
        for alert, _ in promql.of_rules(read(RULES)):
            self.assertRegex(tests, rf"alertname: {alert}, exp_alerts: \[\]")
            self.assertRegex(tests, rf"alertname: {alert}\n +exp_alerts:\n")

    def test_each_is_in_the_guide(self):
        guide = read("docs/guide/metrics.md")
        for alert, _ in promql.of_rules(read(RULES)):
            self.assertIn(f"`{alert}`", guide)


class Guide(unittest.TestCase):
    def test_it_names_every_series_and_no_other(self):
        guide = read("docs/guide/metrics.md")
        told = set(re.findall(r"\b(?:muster|process)_[a-z0-9_]+[a-z0-9]", guide))
        families = {re.sub(r"_(bucket|count|sum)$", "", name) if "delay" in name else name
                    for name in exported()}
        self.assertEqual(families - told, set(), "not in docs/guide/metrics.md")
        self.assertEqual(told - families - set(exported()), set(), "nothing exports these")


if __name__ == "__main__":
    unittest.main()
