"""The processes of a test: a genuine engine, muster in front of it, and clients that load it."""
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from processes import (PATIENCE, end, free_port, start, text_of, wait_for,  # noqa: E402
                       wait_to_say)

BINARY = os.environ.get("MUSTER_BINARY", "build/muster")


def get(url, timeout=10):
    """(status, body); status 0 if nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=timeout) as answer:
            return answer.status, answer.read().decode("utf-8")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException):
        return 0, ""


class Child:
    """A process group with a log."""

    def __init__(self, name, command, folder, **environment):
        self.log = os.path.join(folder, name + ".log")
        self.process = start(name, command, folder, **environment)

    def said(self):
        return text_of(self.log)

    def ended(self):
        return self.process.poll() is not None

    def send(self, number):
        os.killpg(self.process.pid, number)

    def kill(self):
        end(self.process)


class Muster:
    """`muster serve` in front of engines."""

    def __init__(self, folder, urls, *flags):
        self.url = f"http://127.0.0.1:{free_port()}"
        words = [word for url in urls for word in ("--worker", url)]
        self.child = Child("serve", [BINARY, "serve", *words, "--listen", self.url[7:],
                                     "--state-dir", os.path.join(folder, "state"), *flags], folder)
        wait_to_say(self.child.process, "muster serve", self.child.log, "serving http", 30)

    def fleet(self):
        status, body = get(self.url + "/v1/fleet")
        if status != 200:
            raise AssertionError(f"/v1/fleet: {status}: {self.child.said()}")
        return json.loads(body)

    def worker(self, name):
        """Its row; nothing if it is not there."""
        return next((row for row in self.fleet()["workers"] if row["id"] == name), None)

    def wait(self, name, what, condition, patience=PATIENCE):
        """The row of the worker once it fulfils the condition."""
        seen = {}

        def look():
            seen["row"] = self.worker(name)
            return seen["row"] if seen["row"] and condition(seen["row"]) else None
        try:
            return wait_for(what, look, patience)
        except AssertionError as error:
            raise AssertionError(f"{error}; last row: {seen.get('row')}") from None


def check(url, *flags):
    """`muster check URL --json`: (exit code, its object)."""
    done = subprocess.run([BINARY, "check", "--json", *flags, url], capture_output=True,
                          text=True, timeout=PATIENCE, check=False)
    return done.returncode, json.loads(done.stdout)[0] if done.stdout else done.stderr


class Clients:
    """So many clients, each with one streamed completion under way, until told otherwise."""

    def __init__(self, port, path, body):
        self.port, self.path, self.body = port, path, json.dumps(body).encode("utf-8")
        self.running, self.finished, self.lock = [], 0, threading.Lock()

    def set(self, count):
        while len(self.running) > count:
            self.running.pop().leave()
        while len(self.running) < count:
            self.running.append(Client(self))

    def count_finished(self):
        with self.lock:
            self.finished += 1


class Client(threading.Thread):
    """One of them. Leaving closes the connection, which aborts the request."""

    def __init__(self, clients):
        super().__init__(daemon=True)
        self.clients, self.left, self.connection = clients, threading.Event(), None
        self.start()

    def run(self):
        while not self.left.is_set():
            try:
                self.ask()
            except (OSError, http.client.HTTPException, ValueError, AttributeError):
                self.left.wait(0.05)  # The engine is away, or we left in the middle.

    def ask(self):
        self.connection = http.client.HTTPConnection("127.0.0.1", self.clients.port, timeout=300)
        try:
            self.connection.request("POST", self.clients.path, self.clients.body,
                                    {"Content-Type": "application/json"})
            answer = self.connection.getresponse()
            while answer.read1(65536):
                if self.left.is_set():
                    return
            self.clients.count_finished()
        finally:
            self.connection.close()

    def leave(self):
        self.left.set()
        connection = self.connection
        if connection is not None and connection.sock is not None:
            try:
                connection.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # It has just ended by itself.


class Witness(threading.Thread):
    """Reads the engine's own numbers again and again, without muster."""

    READS_MIN, SLOW = 4, 0.15

    def __init__(self, read, pause=0.03):
        super().__init__(daemon=True)
        self.read, self.pause, self.over = read, pause, threading.Event()
        self.reads = []  # (begun, ended, values)
        self.start()

    def run(self):
        while not self.over.wait(self.pause):
            begun = time.monotonic()
            values = self.read()
            if values:
                self.reads.append((begun, time.monotonic(), values))

    def stop(self):
        self.over.set()
        self.join()

    def between(self, begin, end, field):
        """Least and greatest value of the reads that touch this time; nothing where it did not
        look closely: a read that takes long, on a busy machine, is of no known moment."""
        known = list(self.reads)
        reads = [read for read in known if read[1] >= begin and read[0] <= end]
        over = known and known[-1][0] > end
        if not over or len(reads) < self.READS_MIN or any(
                read[1] - read[0] > self.SLOW for read in reads):
            return None
        values = [read[2][field] for read in reads]
        return min(values), max(values)


class Stage:
    """A folder, and what was started in it."""

    def __init__(self):
        self.folder_object = tempfile.TemporaryDirectory(prefix="muster_interop_")
        self.folder = self.folder_object.name
        self.children = []

    def start(self, name, command, **environment):
        self.children.append(Child(name, command, self.folder, **environment))
        return self.children[-1]

    def muster(self, urls, *flags):
        muster = Muster(self.folder, urls, *flags)
        self.children.append(muster.child)
        return muster

    def stop(self):
        for child in reversed(self.children):
            child.kill()
        self.folder_object.cleanup()
