"""What pages of engines cost: the reader alone, and scrapes over sockets."""
import json
import os
import subprocess
import sys

from .cases import Case, ms
from .programs import Failure

BENCH = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TREE = os.path.dirname(BENCH)
PAGE = os.path.join(TREE, "tests", "golden", "engines", "vllm-0.32.0", "load-metrics.body")
PYTHON_CLIENT = "prometheus-client==0.26.0"
DROP = "reads and drops"
LINES = "memchr per line"


class Scrapes(Case):
    """muster's client over one recorded page at many servers; then a program that drops it."""

    SECONDS = 4
    INTERVAL_MS = 250

    def __init__(self, workers, what, goal_words="", goal=None):
        super().__init__()
        self.name, self.workers = f"scrapes_{workers}", workers
        self.cost_row = self.row(what + ": CPU per scrape", "us", goal_words, goal)
        self.share_row = self.row(what + ": share of a core", "%")

    def measure(self, lab):
        seconds, workers = lab.seconds(self.SECONDS), lab.workers(self.workers)
        urls = lab.file("urls")
        with lab.start([os.path.join(lab.build, "bench", "bench_page_server"), "--page", PAGE,
                        "--ports", workers, "--urls", urls], "page_server", "ready"):
            ours = self.measure_one(lab, "scrape", urls, seconds)
            beside = self.measure_one(lab, "scrape_drop", urls, seconds)
        for row, scale in ((self.cost_row, lambda r: 1e6 * r["cpu_s"] / r["pages"]),
                           (self.share_row, lambda r: 100 * r["cpu_s"] / r["seconds"])):
            row.add(scale(ours), **{DROP.replace(" ", "_"): scale(beside)})

    def measure_one(self, lab, program, urls, seconds):
        with lab.start([os.path.join(lab.build, "bench", "bench_" + program), "--urls", urls,
                        "--interval", f"{self.INTERVAL_MS}ms", "--time", ms(seconds)], program,
                       "ready") as running:
            result = running.result(seconds)
        if not result["pages"]:
            raise Failure(f"{self.name}: {program} read no page in {seconds} s")
        return result


class Page(Case):
    """The reader alone, beside other ways to go through the same page."""

    name = "page"

    def __init__(self):
        super().__init__()
        self.cost_row = self.row("reading the recorded vLLM page (56 kB)", "us",
                                 "2 x memchr per line", lambda ours, beside:
                                 ours <= 2 * beside[LINES])

    def measure(self, lab):
        program = os.path.join(lab.build, "src", "muster", "muster_wire_bench")
        done = subprocess.run([program, "--benchmark_filter=^page_", "--benchmark_format=json",
                               "--benchmark_min_time=" + ("0.01" if lab.quick else "0.5")],
                              capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise Failure(f"{program}: {done.stderr.strip() or done.returncode}")
        took = {run["name"]: run["cpu_time"] / 1e3 for run in json.loads(done.stdout)["benchmarks"]}
        beside = {LINES: took["page_memchr_per_line"], "every sample": took["page_every_sample"]}
        if not lab.quick:
            beside |= self.python_client()
        self.cost_row.add(took["page_read"],
                          **{name.replace(" ", "_"): value for name, value in beside.items()})

    @staticmethod
    def python_client():
        """Python's own parser, where a package index gives it."""
        made = subprocess.run([os.path.join(TREE, "tests", "integration", "genuine_venv.sh"),
                               PYTHON_CLIENT], capture_output=True, text=True, check=False)
        if made.returncode != 0:
            print(f"  SKIPPED: {PYTHON_CLIENT} cannot be installed: {made.stderr.strip()}",
                  file=sys.stderr, flush=True)
            return {}
        done = subprocess.run([made.stdout.strip(), os.path.join(BENCH, "python_parser.py"), PAGE],
                              capture_output=True, text=True, timeout=120, check=False)
        if done.returncode != 0:
            raise Failure(f"bench/python_parser.py: {done.stderr.strip()}")
        return {"prometheus-client (Python)": float(done.stdout.rsplit(":", 1)[1].split()[0])}


def scraping_cases():
    return [Page(),
            Scrapes(200, "200 servers of that page, 4 times a second", f"2.5 x {DROP}",
                    lambda ours, beside: ours <= 2.5 * beside[DROP]),
            Scrapes(1_000, "1,000 servers of that page, 4 times a second")]
