"""The processes of a measurement: a real nats-server, `muster sim`, and the programs of bench/.

Every process is started here, and ended here by its own id.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests",
                                "support"))
from processes import (Failure, end, find, start, start_broker, text_of,  # noqa: E402
                       wait_for, wait_to_say)

__all__ = ["Failure", "Lab", "Process", "find", "wait_for"]

READY_SECONDS = 90


class Process:
    """A child that dies with the `with` block."""

    def __init__(self, argv, folder, name):
        self.name, self.result_path = name, os.path.join(folder, name + ".out")
        self.log_path = os.path.join(folder, name + ".log")
        self.child = start(name, argv, folder, out=self.result_path)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def said(self, path=None):
        return text_of(path or self.result_path)

    def wait_for(self, text, path=None):
        try:
            wait_to_say(self.child, self.name, path or self.result_path, re.escape(text),
                        READY_SECONDS)
        except Failure as failure:
            raise Failure(f"{failure}: {self.said(self.log_path).strip()}") from failure

    def end(self):
        end(self.child, patience=10)

    def result(self, seconds):
        """What it prints at its end, as JSON."""
        try:
            code = self.child.wait(seconds + READY_SECONDS)
        except subprocess.TimeoutExpired as late:
            raise Failure(f"{self.name} does not end") from late
        if code != 0:
            raise Failure(f"{self.name} ended with {code}: {self.said(self.log_path).strip()}")
        return json.loads(self.said().strip().splitlines()[-1])


class Lab:
    """One nats-server, and where the programs and the files of a measurement are."""

    SERVICE = "dynamo_backend"

    def __init__(self, build, quick):
        self.build, self.quick = build, quick
        self.folder = tempfile.mkdtemp(prefix="muster-bench-")
        self.started = 0
        self.broker, self.url = start_broker(self.folder)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end(self.broker)
        shutil.rmtree(self.folder, ignore_errors=True)

    def file(self, name):
        return os.path.join(self.folder, name)

    def start(self, argv, name, ready, on_stderr=False):
        """A process that has said it is ready; one that does not is ended."""
        self.started += 1
        process = Process(argv, self.folder, f"{self.started}-{name}")
        try:
            process.wait_for(ready, process.log_path if on_stderr else None)
        except BaseException:
            process.end()
            raise
        return process

    def sim(self, workers, rate, *flags, seed=1):
        """Simulated workers, answering when this returns."""
        return self.start([os.path.join(self.build, "muster"), "sim", "dynamo",
                           "--nats", self.url, "--workers", workers, "--rate", rate,
                           "--seed", seed, *flags], "sim", "simulating", on_stderr=True)

    def program(self, name, *flags):
        """A program of bench/ that has said `ready`."""
        return self.start([os.path.join(self.build, "bench", "bench_" + name),
                           "--nats", self.url, *flags], name, "ready")

    def seconds(self, normal):
        """How long to measure; what is not measured but proven to run is quick."""
        return 0.5 if self.quick else normal

    def workers(self, normal):
        return max(1, normal // 10) if self.quick else normal
