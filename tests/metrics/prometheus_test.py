"""A real Prometheus scrapes a real muster over simulated workers, and answers rightly."""
import os
import subprocess
import unittest

import promql
from stack import LOAD, MISSING, Stack, find, get, wait_for

try:
    from prometheus_client.openmetrics import parser as openmetrics
except ImportError:
    openmetrics = None

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RULES = os.path.join(ROOT, "packaging/prometheus/muster.rules.yml")
DASHBOARD = os.path.join(ROOT, "packaging/grafana/muster.json")
WORKERS = 5
# Of a fleet in which nothing is wrong these show nothing.
QUIET = {"panel Flags", "panel Lost workers", "annotation Restarts of muster"}
SERIES = {"running": "muster_worker_requests_running", "slots": "muster_worker_request_slots",
          "waiting": "muster_worker_requests_waiting",
          "kv_active_blocks": "muster_worker_kv_blocks_active",
          "kv_total_blocks": "muster_worker_kv_blocks_total",
          "kv_usage": "muster_worker_kv_usage_ratio",
          "prefix_hit_rate": "muster_worker_prefix_hit_ratio"}


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


@unittest.skipUnless(find("prometheus") and find("nats-server"),
                     "no prometheus or nats-server: apt-get install prometheus nats-server")
class RealPrometheus(unittest.TestCase):
    def setUp(self):
        self.stack = Stack(os.environ["MUSTER_BINARY"], RULES, WORKERS)
        self.addCleanup(self.stack.stop)
        wait_for("the loads of the sound workers", lambda: len(
            self.stack.query("muster_worker_requests_running")) == WORKERS - 1)

    def value(self, expression):
        found = self.stack.query(expression)
        return found[0][1] if len(found) == 1 else None

    def test_it_says_what_the_api_says(self):
        ask = self.stack
        self.assertEqual(self.value('up{job="muster"}'), 1)
        targets = ask.ask("targets")["activeTargets"]
        self.assertEqual([(t["health"], t["lastError"]) for t in targets], [("up", "")])
        workers = {w["id"]: w for w in ask.fleet()["workers"] if w["load"]["running"] is not None}
        for member, series in SERIES.items():
            told = {labels["worker"]: value for labels, value in ask.query(series)}
            self.assertEqual(told, {id: LOAD[member] for id in workers}, series)
            self.assertEqual(told, {id: w["load"][member] for id, w in workers.items()}, series)
        self.assertEqual(self.value("muster_fleet_kv_blocks_active_avg"), LOAD["kv_active_blocks"])
        self.assertEqual(self.value("muster_fleet_kv_blocks_active_std"), 0)
        self.assertEqual(self.value('muster_fleet_workers{state="fresh"}'), WORKERS - 1)
        self.assertEqual(self.value('sum(muster_worker_state{state="fresh"})'), WORKERS - 1)
        self.assertEqual(self.value("muster_source_up"), 1)
        self.assertEqual(ask.query("sum by (zone) (muster_worker_requests_running)"),
                         [({"zone": "a"}, LOAD["running"] * (WORKERS - 1))])
        self.assertEqual(self.value('muster_fleet_expected_workers{component="dynamo/backend"}'),
                         WORKERS + MISSING)
        wait_for("what is missing",
                 lambda: (self.value("muster_fleet_missing_workers") or 0) >= MISSING)
        self.assertEqual(self.value("muster_fleet_missing_workers"),
                         ask.fleet()["expected"][0]["missing"])
        # The last worker talks nonsense: counted, and nothing of it believed.
        wait_for("rejections", lambda: (self.value("sum(muster_rejected_total)") or 0) > 0)
        wait_for("rejected reports",
                 lambda: self.value('muster_reports_total{outcome="rejected"}'))
        for series in ("muster_answer_delay_seconds", "muster_publish_delay_seconds"):
            count = self.value(series + "_count")
            self.assertGreater(count, 0)
            self.assertEqual(self.value(series + '_bucket{le="+Inf"}'), count)

    def test_every_rule_and_every_panel_has_an_answer(self):
        for where, expression in promql.of_dashboard(read(DASHBOARD)):
            expression = expression.replace("[5m]", "[10s]")
            if where in QUIET:
                self.assertEqual(self.stack.query(expression), [], where)
            elif "topk(10, muster_worker_missed_questions" in expression:
                self.stack.query(expression)
            else:
                wait_for(f"{where}: {expression}", lambda: self.stack.query(expression))

        def evaluated():
            groups = self.stack.ask("rules")["groups"]
            rules = [rule for group in groups for rule in group["rules"]]
            return rules if rules and all(r["health"] != "unknown" for r in rules) else None

        rules = wait_for("the rules", evaluated)
        self.assertEqual([(r["name"], r.get("lastError")) for r in rules],
                         [(alert, None) for alert, _ in promql.of_rules(read(RULES))])
        wait_for("the alert of what is missing", lambda: self.stack.query(
            'ALERTS{alertname="MusterWorkersMissing", alertstate="pending"}'))
        # On a machine that is busy enough a load may be stale for a moment.
        others = 'ALERTS{alertname!~"MusterWorkersMissing|MusterWorkersStale"}'
        self.assertEqual(self.stack.query(others), [])

    def test_a_broker_that_is_away_is_no_idle_fleet(self):
        self.stack.kill_broker()
        wait_for("the source down", lambda: self.value("muster_source_up") == 0)
        self.assertEqual(self.value('muster_source_state{state="disconnected"}'), 1)
        wait_for("no statistics",
                 lambda: not self.stack.query("muster_fleet_kv_blocks_active_avg"))
        self.assertEqual(self.stack.query("muster_fleet_kv_blocks_active_std"), [])
        self.assertEqual(self.value('muster_fleet_workers{state="lost"}'), 0)
        # What was known once of expectations stays known; nobody is lost who only cannot be heard.
        expected = self.stack.fleet()["expected"][0]
        self.assertEqual(self.value("muster_fleet_missing_workers"), expected["missing"])
        # What was known stays, beside an age that says how old it is.
        self.assertEqual(self.value("sum(muster_worker_requests_running)"),
                         LOAD["running"] * (WORKERS - 1))
        wait_for("old loads",
                 lambda: (self.value("min(muster_worker_report_age_seconds)") or 0) > 3)
        wait_for("the alert", lambda: self.stack.query(
            'ALERTS{alertname="MusterSourceDown", alertstate="pending"}'))

    def test_the_live_page_in_both_forms(self):
        url = self.stack.muster + "/metrics"
        if find("promtool"):
            done = subprocess.run(["promtool", "check", "metrics"], input=get(url), text=True,
                                  capture_output=True, check=False, timeout=60)
            self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))
        if openmetrics:
            page = get(url, Accept="application/openmetrics-text; version=1.0.0")
            names = {f.name for f in openmetrics.text_string_to_metric_families(page)}
            self.assertIn("muster_worker_state", names)
            self.assertIn("process_cpu_seconds", names)


if __name__ == "__main__":
    unittest.main()
