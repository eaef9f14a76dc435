"""Processes that a Python test or a measurement starts: found, started, waited for, ended.

Each is the head of a group of its own that is ended by its id, and dies with whoever started it,
however that ends. What it says lies in files of a folder of the caller's, which is its home too.
Everything listens on the loopback, on free ports.
"""
import ctypes
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.request

PATIENCE = 120  # Seconds; for a busy machine. No wait takes so long by itself.


class Failure(AssertionError):
    """What should have come did not, in words."""


def find(program):
    """Its path; None if it is not installed. Debian keeps servers where no user's PATH looks."""
    return shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")


def wait_for(what, look, patience=PATIENCE, pause=0.02):
    """What `look` gives, once it gives something; fails after `patience`, naming `what`."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(pause)
    raise Failure(f"waited {patience} s for {what}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(url, **headers):
    """The open answer; to be closed."""
    request = urllib.request.Request(url, headers=headers)
    return urllib.request.urlopen(request, timeout=PATIENCE)


def text_of(path):
    """The file's text; empty while there is none."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def die_with_the_test():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def in_a_group_that_dies_with_the_test():
    os.setsid()
    die_with_the_test()


def start(name, command, folder, out=None, **environment):
    """Starts it in the folder. Both outputs go to the end of NAME.log, stdout to `out` if given."""
    home = {"HOME": folder, "XDG_STATE_HOME": folder}
    with open(os.path.join(folder, name + ".log"), "ab") as log, \
            open(out or os.devnull, "wb") as file:
        return subprocess.Popen(
            [str(word) for word in command], stdout=file if out else log, stderr=log,
            stdin=subprocess.DEVNULL, cwd=folder, env={**os.environ, **home, **environment},
            preexec_fn=in_a_group_that_dies_with_the_test)


def end(process, patience=0):
    """Kills its group; with patience it is asked first, and given so many seconds."""
    if process.poll() is None and patience:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            pass
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_to_say(process, name, path, pattern, patience=PATIENCE):
    """The match of the pattern in that file; fails at once if the process ends without it."""
    def look():
        has_ended = process.poll() is not None
        said = text_of(path)
        found = re.search(pattern, said)
        if not found and has_ended:
            raise Failure(f"{name} ended: {said.strip()[-3000:]}")
        return found
    return wait_for(f"{name} to say {pattern}", look, patience)


def start_broker(folder):
    """A nats-server on a free port: (process, URL)."""
    server = find("nats-server")
    if not server:
        raise Failure("no nats-server: PATH and /usr/sbin: run tools/install_deps.sh")
    process = start("broker", [server, "-a", "127.0.0.1", "-p", "-1", "--ports_file_dir", folder],
                    folder)
    ports = os.path.join(folder, f"nats-server_{process.pid}.ports")
    try:
        url = wait_for("the broker", lambda: first_url(text_of(ports)))
    except BaseException:
        end(process)
        raise
    return process, url


def first_url(ports):
    try:
        return json.loads(ports)["nats"][0]
    except ValueError:  # Not there, or not whole yet.
        return None
