"""What serving costs: answers beside nginx, event streams, scrapes beside them."""
import contextlib
import json
import os
import re
import threading
import time
import urllib.request

from .cases import COMPONENT, Case, ms
from .programs import Failure, find, wait_for

TICKS = os.sysconf("SC_CLK_TCK")
NGINX = "nginx"
QUIET_LOAD = {"running": 37, "slots": 256, "waiting": 4, "kv_active_blocks": 10234,
              "kv_total_blocks": 27814, "kv_usage": 0.37, "prefix_hit_rate": 0.5}
NGINX_CONF = """\
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000;
  types {{ application/json json; }}
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{ listen 127.0.0.1:{port}; root {folder}/www; }}
}}
"""


def cpu_of(pid):
    """(user, system) seconds of a process, all its threads, dead ones too."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        words = file.read().rsplit(")", 1)[1].split()
    return int(words[11]) / TICKS, int(words[12]) / TICKS


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8") as file:
        return [int(word) for word in file.read().split()]


def fetch(url):
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read()


class Spent:
    """CPU of a process between `with` and its end."""

    def __init__(self, pid):
        self.pid, self.user, self.system, self.seconds = pid, 0.0, 0.0, 0.0

    def __enter__(self):
        self.before, self.begun = cpu_of(self.pid), time.monotonic()
        return self

    def __exit__(self, *_):
        after = cpu_of(self.pid)
        self.seconds = time.monotonic() - self.begun
        self.user, self.system = after[0] - self.before[0], after[1] - self.before[1]

    @property
    def cpu(self):
        return self.user + self.system


@contextlib.contextmanager
def serve(lab, workers, *sim_flags):
    """`muster serve` over simulated workers, once it shows all of them; gives pid and address."""
    with lab.sim(workers, 4, "--no-push", *sim_flags), \
            lab.start([os.path.join(lab.build, "muster"), "serve", "--nats", lab.url, *COMPONENT,
                       "--listen", "127.0.0.1:0"], "serve", "serving http", on_stderr=True) as it:
        address = re.search(r"serving http://([^/]+)/", it.said(it.log_path))[1]

        def whole():
            rows = json.loads(fetch(f"http://{address}/v1/fleet"))["workers"]
            return sum(row["state"] == "fresh" for row in rows) == workers
        wait_for(f"{workers} fresh workers", whole, 60)
        yield it.child.pid, address


@contextlib.contextmanager
def nginx(lab, body):
    """nginx with `body` as /fleet.json; gives its worker's pid and its address."""
    program = find("nginx")
    if not program:
        raise Failure("no nginx: PATH and /usr/sbin: run tools/install_deps.sh test")
    os.makedirs(lab.file("www"), exist_ok=True)
    with open(lab.file("www/fleet.json"), "wb") as file:
        file.write(body)
    os.chmod(lab.folder, 0o755)  # Its worker is another user where we are root.
    for port in range(20_000 + os.getpid() % 9_000, 30_000):
        with open(lab.file("nginx.conf"), "w", encoding="utf-8") as file:
            file.write(NGINX_CONF.format(folder=lab.folder, port=port))
        with contextlib.ExitStack() as stack:
            try:
                master = stack.enter_context(
                    lab.start([program, "-e", lab.file("nginx-error.log"), "-c",
                               lab.file("nginx.conf")], "nginx", ""))
                wait_for("nginx to answer", lambda: answers(
                    f"http://127.0.0.1:{port}/fleet.json", master), 20)
            except Failure:
                continue  # The port is somebody else's.
            yield children_of(master.child.pid)[0], f"127.0.0.1:{port}"
            return


def answers(url, process):
    if process.child.poll() is not None:
        raise Failure(f"nginx ended: {process.said(process.log_path).strip()}")
    try:
        return bool(fetch(url))
    except OSError:
        return False


def load(lab, address, target, kind, count, seconds):
    """bench_http_load, measuring from when this is entered."""
    return lab.start([os.path.join(lab.build, "bench", "bench_http_load"), "--address", address,
                      "--target", target, "--time", ms(seconds), f"--{kind}", count],
                     "http_load", "ready")


class Gets(Case):
    """GET /v1/fleet as fast as it goes on one connection, beside nginx with the same bytes."""

    SECONDS = 4
    name = "get_fleet"

    def __init__(self):
        super().__init__()
        what = "GET of 1,000 workers"
        self.cpu_row = self.row(what + ": CPU of the server", "us", "3 x nginx",
                                lambda ours, beside: ours <= 3 * beside[NGINX])
        self.p50_row = self.row(what + ": p50", "us")
        self.p99_row = self.row(what + ": p99", "us")

    def measure(self, lab):
        seconds = lab.seconds(self.SECONDS)
        with serve(lab, lab.workers(1_000), "--load", "fixed:" + json.dumps(QUIET_LOAD)) as \
                (pid, address):
            body = fetch(f"http://{address}/v1/fleet")
            with nginx(lab, body) as (worker, beside):
                theirs = self.measure_one(lab, worker, beside, "/fleet.json", seconds)
            ours = self.measure_one(lab, pid, address, "/v1/fleet", seconds)
        for row, key in ((self.cpu_row, "cpu_us"), (self.p50_row, "p50_us"),
                         (self.p99_row, "p99_us")):
            row.add(ours[key], **{NGINX: theirs[key]})

    @staticmethod
    def measure_one(lab, pid, address, target, seconds):
        with load(lab, address, target, "get", 1, seconds) as client, Spent(pid) as spent:
            result = client.result(seconds)
        # A tick of 10 ms is the least that can be told.
        result["cpu_us"] = max(spent.cpu, 1 / TICKS) * 1e6 / result["answers"]
        return result


class QuietStreams(Case):
    """1,000 event streams on a fleet in which nothing changes."""

    SECONDS = 5
    name = "streams_1000"

    def __init__(self):
        super().__init__()
        what = "1,000 streams, quiet fleet of 1,000 workers"
        self.share_row = self.row(what + ": share of a core", "%")
        self.bytes_row = self.row(what + ": bytes a second and stream", "B")
        self.silence_row = self.row(what + ": longest silence of any", "ms")

    def measure(self, lab):
        seconds, streams = lab.seconds(self.SECONDS), lab.workers(1_000)
        # What is silent for less than the gap of `ages` is not silent: see it twice.
        seconds = max(seconds, 2.5)
        with serve(lab, lab.workers(1_000), "--load", "fixed:" + json.dumps(QUIET_LOAD)) as \
                (pid, address):
            with load(lab, address, "/v1/fleet/events", "streams", streams, seconds) as client, \
                    Spent(pid) as spent:
                result = client.result(seconds)
        self.share_row.add(100 * max(spent.cpu, 1 / TICKS) / spent.seconds)
        self.bytes_row.add(result["bytes"] / streams / result["seconds"])
        self.silence_row.add(result["longest_silence_ms"])


class BusyStreams(Case):
    """50 event streams beside one, on a fleet that changes; then scrapes and GETs beside them."""

    SECONDS = 5
    ONE = "one stream"
    name = "streams_50"

    def __init__(self):
        super().__init__()
        what = "50 streams, 1,000 workers that change 4 times a second"
        self.user_row = self.row(what + ": user CPU", "% of a core", "5 x one stream",
                                 lambda ours, beside: ours <= 5 * beside[self.ONE])
        self.cpu_row = self.row(what + ": user and system", "% of a core")
        self.events_row = self.row(what + ": events a second and stream", "1/s")
        self.get_row = self.row("GET of 1,000 workers beside 50 streams and 5 scrapes a second: "
                                "p99", "us")

    def measure(self, lab):
        seconds, streams = lab.seconds(self.SECONDS), 5 if lab.quick else 50
        with serve(lab, lab.workers(1_000)) as (pid, address):
            none = self.spent_with(lab, pid, address, 0, seconds)
            one = self.spent_with(lab, pid, address, 1, seconds)
            with load(lab, address, "/v1/fleet/events", "streams", streams, seconds) as client, \
                    Spent(pid) as many:
                result = client.result(seconds)
            self.add(none, one, many)
            self.events_row.add((result["change"] + result["ages"]) / result["seconds"] / streams)
            self.get_row.add(self.p99_beside(lab, address, streams, seconds))

    @staticmethod
    def spent_with(lab, pid, address, streams, seconds):
        if streams == 0:
            with Spent(pid) as spent:
                time.sleep(seconds)
            return spent
        with load(lab, address, "/v1/fleet/events", "streams", streams, seconds) as client, \
                Spent(pid) as spent:
            client.result(seconds)
        return spent

    def add(self, none, one, many):
        def share(spent, seconds):
            return 100 * max(spent, 1 / TICKS) / seconds
        self.user_row.add(share(many.user, many.seconds),
                          one_stream=share(one.user, one.seconds),
                          no_stream=share(none.user, none.seconds))
        self.cpu_row.add(share(many.cpu, many.seconds), one_stream=share(one.cpu, one.seconds),
                         no_stream=share(none.cpu, none.seconds))

    @staticmethod
    def p99_beside(lab, address, streams, seconds):
        over = threading.Event()

        def scrape():
            while not over.wait(0.2):
                fetch(f"http://{address}/metrics")
        scraper = threading.Thread(target=scrape)
        with load(lab, address, "/v1/fleet/events", "streams", streams, seconds + 1):
            scraper.start()
            try:
                with load(lab, address, "/v1/fleet", "get", 1, seconds) as client:
                    return client.result(seconds)["p99_us"]
            finally:
                over.set()
                scraper.join()


def serving_cases():
    return [Gets(), QuietStreams(), BusyStreams()]
