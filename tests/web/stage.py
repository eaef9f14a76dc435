"""A broker, simulated workers and muster on free ports of the loopback, for one test.

Each process is ended by its own id, and dies with the test however that ends. Files lie in a folder
of the stage's own.
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
import urllib.request

PATIENCE = 90  # Seconds; for a busy machine. No wait takes so long by itself.
BINARY = os.environ.get("MUSTER_BINARY", "build/muster")


def find(program):
    return shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")


def wait_for(what, look, patience=PATIENCE, pause=0.02):
    """What `look` gives, once it gives something; fails after `patience`, naming `what`."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(pause)
    raise AssertionError(f"waited {patience} s for {what}")


def get(url, **headers):
    request = urllib.request.Request(url, headers=headers)
    return urllib.request.urlopen(request, timeout=PATIENCE)


def die_with_the_test():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Stage:
    """Starts what is asked of it; `url` is muster's."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="muster_web_")
        self.path = self._folder.name
        self._children = []
        self.serving, self.port, self.url = None, 0, ""
        self.broker = self.run("broker", find("nats-server"), "-a", "127.0.0.1", "-p", "-1",
                               "--ports_file_dir", self.path)
        ports = os.path.join(self.path, f"nats-server_{self.broker.pid}.ports")
        self.nats = json.loads(wait_for("the broker", lambda: self.read(ports)))["nats"][0]

    def victims(self, count, seed=7):
        """Workers in a process of their own: muster has seen them before something happens to
        them, however slow the machine is. (A fault of the simulator counts from its start.)"""
        process = self.simulate(count, "--seed", str(seed))
        before = {w["id"] for w in self.fleet()["workers"]}
        ids = wait_for(f"{count} more workers", lambda: (lambda new: len(new) == count and new)(
            [w["id"] for w in self.fleet()["workers"]
             if w["id"] not in before and w["load"]["running"] is not None]))
        return process, ids

    def run(self, name, *command):
        environment = {**os.environ, "XDG_STATE_HOME": self.path, "HOME": self.path}
        with open(os.path.join(self.path, name + ".log"), "ab") as log:
            child = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                     cwd=self.path, env=environment,
                                     preexec_fn=die_with_the_test)
        self._children.append(child)
        return child

    @staticmethod
    def read(path):
        try:
            with open(path, encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def simulate(self, workers, *more, component="dynamo/backend"):
        return self.run("sim", BINARY, "sim", "dynamo", "--nats", self.nats, "--component",
                        component, "--workers", str(workers), *more)

    def serve(self, *more, settings=""):
        config = os.path.join(self.path, "muster.toml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(settings)
        self._serve_command = (BINARY, "serve", "--nats", self.nats, "--config", config, *more)
        self.start_serve()

    def start_serve(self):
        """On a free port the first time, and then again on the same."""
        log = os.path.join(self.path, "serve.log")
        before = len(re.findall("serving http", self.read(log)))
        self.serving = self.run("serve", *self._serve_command, "--listen",
                                f"127.0.0.1:{self.port}")

        def look():
            if self.serving.poll() is not None:
                raise AssertionError(f"serve ended: {self.read(log)}")
            return re.findall(r"serving (http://[\d.]+:(\d+))/", self.read(log))[before:]
        [(self.url, self.port)] = wait_for("serve", look)

    def kill_serve(self):
        self.end(self.serving)

    def fleet(self):
        with get(self.url + "/v1/fleet") as answer:
            return json.load(answer)

    def ids(self, trait):
        """Of the workers in this state, or with this flag, as the API says."""
        return [w["id"] for w in self.fleet()["workers"]
                if w["state"] == trait or trait in w["flags"]]

    def wait_for_workers(self, count):
        wait_for(f"{count} workers with a load", lambda: sum(
            w["load"]["running"] is not None for w in self.fleet()["workers"]) >= count)

    @staticmethod
    def end(child):
        if child.poll() is None:
            child.kill()
        child.wait()

    def stop(self):
        for child in reversed(self._children):
            self.end(child)
        self._folder.cleanup()
