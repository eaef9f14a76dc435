"""The processes of a measurement: a real nats-server, `muster sim`, and the programs of bench/.

Every process is started here, and ended here by its own id.
"""
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time

READY_SECONDS = 90


class Failure(Exception):
    """A measurement that could not be made, in words."""


def wait_until(condition, seconds, what):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise Failure(f"waited {seconds} s in vain: {what}")


class Process:
    """A child that dies with the `with` block."""

    def __init__(self, argv, folder, name):
        self.name, self.result_path = name, os.path.join(folder, name + ".out")
        self.log_path = os.path.join(folder, name + ".log")
        with open(self.result_path, "wb") as out, open(self.log_path, "wb") as log:
            # Else `muster serve` would go on from the journal of whoever measures, and into it.
            own = {"HOME": folder, "XDG_STATE_HOME": folder}
            self.child = subprocess.Popen(argv, stdout=out, stderr=log, env={**os.environ, **own})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def said(self, path=None):
        with open(path or self.result_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def wait_for(self, text, path=None):
        def there():
            if text in self.said(path):
                return True
            if self.child.poll() is not None:
                raise Failure(f"{self.name} ended: {self.said(self.log_path).strip()}")
            return False
        wait_until(there, READY_SECONDS, f"{self.name} to say '{text}'")

    def end(self):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(10)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()

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
        server = shutil.which("nats-server", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
        if not server:
            raise Failure("no nats-server: PATH and /usr/sbin: run tools/install_deps.sh")
        self.broker = Process([server, "-a", "127.0.0.1", "-p", "-1",
                               "--ports_file_dir", self.folder], self.folder, "nats-server")
        self.url = wait_until(self.broker_url, 10, "nats-server to name its port")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.broker.end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def broker_url(self):
        path = os.path.join(self.folder, f"nats-server_{self.broker.child.pid}.ports")
        try:
            with open(path, encoding="utf-8") as file:
                return json.load(file)["nats"][0]
        except (OSError, ValueError, KeyError, IndexError):
            return None

    def file(self, name):
        return os.path.join(self.folder, name)

    def start(self, argv, name, ready, on_stderr=False):
        """A process that has said it is ready; one that does not is ended."""
        self.started += 1
        process = Process([str(word) for word in argv], self.folder, f"{self.started}-{name}")
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
