"""Real processes on the loopback for one test: a broker, simulated workers, muster, Prometheus.

Each is ended by its process id, and dies with the test however that ends. Files lie in a folder of
the test's own.
"""
import ctypes
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

PATIENCE = 40  # Seconds; for a busy machine. No wait takes so long by itself.
MISSING = 2  # So many fewer workers are there than are expected.
LOAD = {"running": 37, "slots": 256, "waiting": 4, "kv_active_blocks": 10234,
        "kv_total_blocks": 27814, "kv_usage": 0.25, "prefix_hit_rate": 0.5}


def find(program):
    return shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")


def wait_for(what, look):
    """What `look` gives, once it gives something; fails after PATIENCE, naming `what`."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited {PATIENCE} s for {what}")


def get(url, **headers):
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return answer.read().decode("utf-8")


def die_with_the_test():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


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
        self.broker = self._run("broker", find("nats-server"), "-a", "127.0.0.1", "-p", "-1",
                                "--ports_file_dir", self.path)
        ports = os.path.join(self.path, f"nats-server_{self.broker.pid}.ports")
        nats = json.loads(wait_for("the broker", lambda: self._read(ports)))["nats"][0]
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
        environment = {**os.environ, "XDG_STATE_HOME": self.path, "HOME": self.path}
        with open(os.path.join(self.path, name + ".log"), "wb") as log:
            child = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                     cwd=self.path, env=environment,
                                     preexec_fn=die_with_the_test)
        self._children.append(child)
        return child

    @staticmethod
    def _read(path):
        try:
            with open(path, encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def _address(self, name, pattern):
        def look():
            log = self._read(os.path.join(self.path, name + ".log"))
            found = re.search(pattern, log)
            if not found and self._children[-1].poll() is not None:
                raise AssertionError(f"{name} ended: {log}")
            return found
        return wait_for(name, look)[1]

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
        self.broker.kill()
        self.broker.wait()

    def stop(self):
        for child in reversed(self._children):
            if child.poll() is None:
                child.kill()
            child.wait()
        self._folder.cleanup()
