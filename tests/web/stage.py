"""A broker, simulated workers and muster on free ports of the loopback, for one test.

Files lie in a folder of the stage's own.
"""
import json
import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from processes import (PATIENCE, end, find, get, start, start_broker,  # noqa: E402
                       text_of, wait_for)

__all__ = ["PATIENCE", "Stage", "find", "get", "wait_for"]
BINARY = os.environ.get("MUSTER_BINARY", "build/muster")


class Stage:
    """Starts what is asked of it; `url` is muster's."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="muster_web_")
        self.path = self._folder.name
        self._children = []
        self.serving, self.port, self.url = None, 0, ""
        self.broker, self.nats = start_broker(self.path)
        self._children.append(self.broker)

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
        child = start(name, command, self.path)
        self._children.append(child)
        return child

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
        before = len(re.findall("serving http", text_of(log)))
        self.serving = self.run("serve", *self._serve_command, "--listen",
                                f"127.0.0.1:{self.port}")

        def look():
            if self.serving.poll() is not None:
                raise AssertionError(f"serve ended: {text_of(log)}")
            return re.findall(r"serving (http://[\d.]+:(\d+))/", text_of(log))[before:]
        [(self.url, self.port)] = wait_for("serve", look)

    def kill_serve(self):
        end(self.serving)

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

    def stop(self):
        for child in reversed(self._children):
            end(child)
        self._folder.cleanup()
