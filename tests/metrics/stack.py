"""Real processes on the loopback for one test: a broker, simulated workers, muster, Prometheus.

Files lie in a folder of the test's own.
"""
import json
import os
import sys
import tempfile
import urllib.error
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import processes  # noqa: E402
from processes import find, start, start_broker, wait_for, wait_to_say  # noqa: E402

MISSING = 2  # So many fewer workers are there than are expected.
LOAD = {"running": 37, "slots": 256, "waiting": 4, "kv_active_blocks": 10234,
        "kv_total_blocks": 27814, "kv_usage": 0.25, "prefix_hit_rate": 0.5}


def get(url, **headers):
    with processes.get(url, **headers) as answer:
        return answer.read().decode("utf-8")


class Stack:
    """All of it, started in order; `workers` of which the last one talks nonsense."""

    def __init__(self, binary, rules, workers):
        self._folder = tempfile.TemporaryDirectory()
        self.path = self._folder.name
        self._binary, self._children = binary, []
        try:
            self._start(rules, workers)
        except BaseException:
            self.stop()
            raise

    def _start(self, rules, workers):
        self.broker, nats = start_broker(self.path)
        self._children.append(self.broker)
        self._run("sim", self._binary, "sim", "dynamo", "--nats", nats, "--workers", str(workers),
                  "--load", "fixed:" + json.dumps(LOAD), "--fault", f"garbage@{workers - 1}")
        settings = os.path.join(self.path, "muster.toml")
        with open(settings, "w", encoding="utf-8") as file:
            file.write('[labels]\n"dynamo/backend" = { zone = "a" }\n'
                       f'[expect]\n"dynamo/backend" = {workers + MISSING}\n')
        self._run("serve", self._binary, "serve", "--nats", nats, "--listen", "127.0.0.1:0",
                  "--config", settings)
        self.muster = self._address("serve", r"serving (http://[^/]+)/")
        config = os.path.join(self.path, "prometheus.yml")
        with open(config, "w", encoding="utf-8") as file:
            json.dump({"global": {"scrape_interval": "500ms", "evaluation_interval": "500ms"},
                       "rule_files": [rules],
                       "scrape_configs": [{"job_name": "muster", "static_configs": [
                           {"targets": [self.muster.removeprefix("http://")]}]}]}, file)
        self._run("prometheus", find("prometheus"), f"--config.file={config}",
                  f"--storage.tsdb.path={self.path}/tsdb", "--web.listen-address=127.0.0.1:0",
                  "--log.level=info")
        address = self._address("prometheus", r'msg="Listening on" address=([\d.:]+)')
        self.prometheus = "http://" + address
        wait_for("Prometheus to be ready", self._ready)

    def _run(self, name, *command):
        self._children.append(start(name, command, self.path))

    def _address(self, name, pattern):
        """What the process that was started last says its address is."""
        return wait_to_say(self._children[-1], name, os.path.join(self.path, name + ".log"),
                           pattern)[1]

    def _ready(self):
        try:
            return get(self.prometheus + "/-/ready")
        except urllib.error.URLError:  # 503 until it has read its own files.
            return None

    def ask(self, path, **parameters):
        """The data of one call of Prometheus's API."""
        url = f"{self.prometheus}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            return json.loads(get(url))["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{url}: {error.read().decode()}") from error

    def query(self, expression):
        """[(labels, value)] of an instant vector."""
        found = self.ask("query", query=expression)["result"]
        return [(one["metric"], float(one["value"][1])) for one in found]

    def fleet(self):
        return json.loads(get(self.muster + "/v1/fleet"))

    def kill_broker(self):
        processes.end(self.broker)

    def stop(self):
        for child in reversed(self._children):
            processes.end(child)
        self._folder.cleanup()
