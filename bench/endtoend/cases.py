"""What is measured, case by case. Each measures once and adds to its rows; run.py repeats it."""
import contextlib
import json
import math
import os
import subprocess

from .delay import PUSHED_FIELDS, ALL_FIELDS, delays, mean, percentile, read_sightings, read_truth
from .programs import Failure
from .table import Row

COMPONENT = ("--component", "dynamo/backend")
INBOX = "MUSTERBENCH"  # Of the reader alone, so that a receiver beside it hears just its answers.
GOLDEN = (math.sqrt(5) - 1) / 2
RECEIVER = "nats.c receiver"
EXACT = "exact mode"
FLOOR = "bare epoll"


def slug(name):
    return name.replace(" ", "_")


def ms(seconds):
    return f"{round(seconds * 1e3)}ms"


class Case:
    """`rows` as they will stand in the table; `measure(lab)` adds one value to each."""

    name = ""

    def __init__(self):
        self.rows = []

    def row(self, *args, **kwargs):
        self.rows.append(Row(*args, **kwargs))
        return self.rows[-1]


class Delay(Case):
    """A sim that writes its truth, a reader that spins, a receiver of the same messages."""

    # Long enough for every moment between two questions to get its turn; see changes_per_second().
    SECONDS = 10

    def __init__(self, workers, interval_ms, push=False, beside_exact=False):
        super().__init__()
        self.workers, self.interval_ms, self.push = workers, interval_ms, push
        self.unseen_max = 0.01  # Of those that were seen; with more the run is void.
        self.beside_exact = beside_exact
        self.name = f"push_{workers}" if push else f"delay_{workers}_{interval_ms}"
        road = "pushed" if push else f"asked every {interval_ms} ms"
        what = f"change to sight, {workers:,} workers, {road}"
        above = workers > 100
        goals = self.goals_above(push) if above else self.goals_of_interval(interval_ms)
        self.mean_row = self.row(what + ": mean", "ms", *goals[0])
        self.p99_row = self.row(what + ": p99", "ms", *goals[1])

    @staticmethod
    def goals_of_interval(interval_ms):
        mean_max, p99_max = interval_ms / 2 + 2, interval_ms + 5
        return ((f"at most {mean_max:.0f}", lambda ours, _: ours <= mean_max),
                (f"at most {p99_max}", lambda ours, _: ours <= p99_max))

    @staticmethod
    def goals_above(push):
        def within(margin):
            return lambda ours, beside: ours <= beside[RECEIVER] + margin
        p99 = 2 if push else 3
        mean_goal = ("", None) if push else ("receiver + 1", within(1))
        return (mean_goal, (f"receiver + {p99}", within(p99)))

    def changes_per_second(self):
        """Successive changes of a worker meet the questions a golden ratio of an interval later:
        no other step spreads them as evenly over an interval. (Where they walk slowly, the few
        moments that 100 workers happened to begin at move the mean by 3 ms.)"""
        shortest_ms = 60
        whole = math.ceil(shortest_ms / self.interval_ms) if self.interval_ms < shortest_ms else 0
        if self.workers > 100 and not self.push:
            whole = max(whole, 1)  # The truth of so many workers would be a load of its own.
        return round(1e3 / (self.interval_ms * (whole + GOLDEN)), 3)

    def measure(self, lab):
        workers, seconds = lab.workers(self.workers), lab.seconds(self.SECONDS)
        # What only proves that it runs need not see all; but long enough for some.
        self.unseen_max = 1 if lab.quick else 0.01
        seconds = max(seconds, 4 * self.interval_ms / 1e3)
        truth = lab.file("truth")
        flags = ["--print-truth", truth, *([] if self.push else ["--no-push"])]
        with lab.sim(workers, self.changes_per_second(), *flags):
            ours, beside = self.spin_beside_receiver(lab, workers, seconds)
            exact = self.spin_exact(lab, workers, seconds) if self.beside_exact else None
        with open(truth, encoding="utf-8") as file:
            changes = read_truth(file, PUSHED_FIELDS if self.push else ALL_FIELDS)
        self.add(changes, ours, beside, exact)

    def spin_beside_receiver(self, lab, workers, seconds):
        subject = "namespace.dynamo.kv_metrics" if self.push else INBOX + ".>"
        paths = {name: lab.file(name) for name in ("spin", "keep")}
        # It ends after the reader: started before it, and given the time that takes.
        listen = seconds + (2 if lab.quick else 4)
        flags = ["--inbox", INBOX, "--spin", paths["spin"]]
        if self.push:
            flags += ["--push", "yes"]
        with lab.program("drop", "--subject", subject, "--time", ms(listen),
                         "--keep", paths["keep"]) as drop, \
                lab.program("reader", *COMPONENT, "--workers", workers, "--time", ms(seconds),
                            "--interval", f"{self.interval_ms}ms", *flags) as reader:
            window = reader.result(seconds)
            if window["rejected"] or window["dropped"]:
                raise Failure(f"{self.name}: not every report was taken: {window}")
            if drop.result(listen)["end_ns"] < window["end_ns"]:
                raise Failure(f"{self.name}: the receiver ended first; the machine is too busy")
        return (window, paths["spin"]), (window, paths["keep"])

    def spin_exact(self, lab, workers, seconds):
        path = lab.file("exact")
        seconds = max(seconds, 2)
        with lab.program("exact", *COMPONENT, "--workers", workers, "--time", ms(seconds),
                         "--spin", path) as exact:
            return exact.result(seconds), path

    def add(self, changes, ours, beside, exact):
        measured = {"muster": self.figures(changes, ours, self.interval_ms),
                    RECEIVER: self.figures(changes, beside, self.interval_ms)}
        if exact:
            measured[EXACT] = self.figures(changes, exact, 1_000)
        own = measured.pop("muster")
        for row, index in ((self.mean_row, 0), (self.p99_row, 1)):
            row.add(own[index], **{slug(name): figures[index]
                                   for name, figures in measured.items()})

    def figures(self, changes, seen, slowest_ms):
        window, path = seen
        with open(path, encoding="utf-8") as file:
            sightings = read_sightings(file, PUSHED_FIELDS if self.push else ALL_FIELDS)
        # What changed at the very end is asked for after the end.
        end = window["end_ns"] - (slowest_ms + 100) * 1_000_000
        end = max(end, (window["begin_ns"] + window["end_ns"]) // 2)
        # A whole number of intervals: what is left over would count some moments between two
        # questions once more than others, which moves a mean by 2 ms.
        interval_ns = self.interval_ms * 1_000_000
        end -= (end - window["begin_ns"]) % interval_ns
        found, unseen = delays(changes, sightings, window["begin_ns"], end)
        if not found or unseen > len(found) * self.unseen_max:
            raise Failure(f"{self.name}: {unseen} changes were never seen, {len(found)} were")
        return mean(found), percentile(found, 99)


class Cost(Case):
    """CPU time per report: muster, nats.c alone, bare epoll; one after the other, same workers."""

    SECONDS = 4

    def __init__(self, name, what, workers, interval_ms, goal_words="", goal=None, spread=False,
                 share=False, floor=True):
        super().__init__()
        self.name, self.workers, self.interval_ms = name, workers, interval_ms
        self.spread, self.floor = spread, floor
        self.cost_row = self.row(f"CPU per report, {what}", "us", goal_words, goal)
        self.share_row = self.row(f"share of a core, {what}", "%") if share else None

    def measure(self, lab):
        workers, seconds = lab.workers(self.workers), lab.seconds(self.SECONDS)
        interval = f"{self.interval_ms}ms"
        asks = ["--time", ms(seconds), "--interval", interval]
        with contextlib.ExitStack() as stack:
            self.start_workers(lab, stack, workers)
            programs = {"muster": ("reader", [*COMPONENT, "--workers", workers])}
            for name, program in ((RECEIVER, "drop"), (FLOOR, "epoll")):
                programs[name] = (program, ["--ask", lab.SERVICE, "--subject", "_INBOX.bench.>"])
            if not self.floor:
                del programs[FLOOR]
            results = {}
            for name, (program, flags) in programs.items():
                with lab.program(program, *flags, *asks) as process:
                    results[name] = process.result(seconds)
        self.add(results, workers * seconds * 1000 / self.interval_ms)

    def start_workers(self, lab, stack, workers):
        # Every report is news: the loads change a little faster than they are asked for.
        rate = 1030 / self.interval_ms
        if not self.spread:
            stack.enter_context(lab.sim(workers, rate, "--no-push"))
            return
        # Up to 250 workers of one process each send by themselves, as spread workers would.
        for seed in range(1, 5):
            stack.enter_context(lab.sim(max(1, workers // 4), rate, "--no-push", "--jitter",
                                        f"{self.interval_ms}ms", seed=seed))

    def add(self, results, expected):
        for name, result in results.items():
            if result["reports"] < 0.7 * expected:
                raise Failure(f"{self.name}: {name} received {result['reports']} reports, "
                              f"not {expected:.0f}: the machine is too busy")
        cost = {name: r["cpu_s"] * 1e6 / r["reports"] for name, r in results.items()}
        self.cost_row.add(cost.pop("muster"), **{slug(name): v for name, v in cost.items()})
        if self.share_row:
            share = {name: r["cpu_s"] * 1e11 / (r["end_ns"] - r["begin_ns"])
                     for name, r in results.items()}
            self.share_row.add(share.pop("muster"), **{slug(n): v for n, v in share.items()})


class Footprint(Case):
    """Bytes of the heap per worker."""

    def __init__(self, workers):
        super().__init__()
        self.name, self.workers = f"bytes_{workers}", workers
        what = f"bytes per worker, {workers:,} workers"
        self.all_row = self.row(what + ": state and view", "B", "at most 1,024",
                                lambda ours, _: ours <= 1024)
        self.view_row = self.row(what + ": each further view held, all rows changed", "B")

    def measure(self, lab):
        done = subprocess.run([os.path.join(lab.build, "bench", "bench_footprint"),
                               "--workers", str(self.workers)], capture_output=True, text=True,
                              check=True, timeout=60)
        said = json.loads(done.stdout)
        self.all_row.add(said["state_and_view"])
        self.view_row.add(said["further_view"])


class JournalSize(Case):
    """What is on disk after a day, its clock moved by hand. The same in every run: measured once,
    which takes minutes."""

    MIB = 1024 * 1024

    def __init__(self, workers):
        super().__init__()
        self.name, self.workers = f"journal_{workers}", workers
        what = f"journal of 24 h, {workers:,} workers, each load changes once a second"
        self.fine_row = self.row(what + ": the last hour, by 1 s", "MiB")
        self.day_row = self.row(what + ": the day, by 10 s, and events", "MiB")
        self.all_row = self.row(what + ": together", "MiB", "at most 1,024",
                                lambda ours, _: ours <= 1024)
        self.cpu_row = self.row(what + ": CPU a second", "us")

    def measure(self, lab):
        if self.all_row.ours:
            return
        done = subprocess.run([os.path.join(lab.build, "bench", "bench_journal_size"),
                               "--workers", str(lab.workers(self.workers)),
                               "--time", "1m" if lab.quick else "24h", "--change", "1s"],
                              capture_output=True, text=True, check=True, timeout=3600)
        said = json.loads(done.stdout)
        self.fine_row.add(said["fine_bytes"] / self.MIB)
        self.day_row.add(said["day_bytes"] / self.MIB)
        self.all_row.add((said["fine_bytes"] + said["day_bytes"]) / self.MIB)
        self.cpu_row.add(said["cpu_us_a_second"])


class Reads(Case):
    """What a read of the view costs, from the Google Benchmark program beside this folder."""

    name = "reads"
    WAYS = {"BM_ViewReader": "muster", "BM_ViewReaderAge": "age",
            "BM_AtomicSharedPtr": "atomic shared_ptr", "BM_MutexAndPointer": "mutex"}
    ALL_BLOCKS = -1

    def __init__(self):
        super().__init__()
        self.by_key = {}
        for workers in (1, 1_000, 10_000):
            for rate in (0, 1_000, 5_000):
                self.make_rows(workers, rate, f"published {rate:,} times a second")
        for workers in (1_000, 10_000):
            self.make_rows(workers, self.ALL_BLOCKS, "all blocks changed, as fast as it goes")

    def make_rows(self, workers, rate, how):
        what = f"a read, {workers:,} workers, {how}"
        words = ("", None) if rate == self.ALL_BLOCKS else ("at most 1", lambda o, _: o <= 1)
        age_words = ("", None) if rate == self.ALL_BLOCKS else ("at most 2", lambda o, _: o <= 2)
        rows = {"p50": self.row(what + ": p50", "ns", *words),
                "age": self.row(what + ": p50 with an age", "ns", *age_words),
                "p9999": self.row(what + ": p99.99 of 256 together", "us")}
        if rate == self.ALL_BLOCKS:
            rows["rate"] = self.row(what + ": publications", "1/s")
        self.by_key[(workers, rate)] = rows

    def measure(self, lab):
        argv = [os.path.join(lab.build, "bench", "muster_view_read_bench"),
                "--benchmark_format=json", "--benchmark_enable_random_interleaving=true",
                f"--benchmark_min_time={0.01 if lab.quick else 0.2}"]
        done = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=600)
        figures = {}
        for one in json.loads(done.stdout)["benchmarks"]:
            way, workers, rate = one["name"].split("/")[:3]
            key = (int(workers.split(":")[1]), int(rate.split(":")[1]))
            figures.setdefault(key, {})[self.WAYS[way]] = one
        for key, by_way in figures.items():
            self.add(self.by_key[key], by_way)

    @staticmethod
    def add(rows, by_way):
        own, age = by_way.pop("muster"), by_way.pop("age")

        def others(counter):
            return {slug(way): figures[counter] for way, figures in by_way.items()}
        rows["p50"].add(own["read_p50_ns"], **others("read_p50_ns"))
        rows["age"].add(age["read_p50_ns"])
        rows["p9999"].add(own["batch_p9999_us"], **others("batch_p9999_us"))
        if "rate" in rows:
            rows["rate"].add(own["published_per_s"], **others("published_per_s"))


def all_cases():
    def above(margin_us):
        return lambda ours, beside: ours <= beside[RECEIVER] + margin_us
    return [
        *(Delay(100, interval) for interval in (20, 100, 250, 400)),
        Delay(1_000, 250, beside_exact=True),
        Delay(1_000, 1_000, push=True),
        Cost("cost_spread", "1,000 workers, replies spread out over 250 ms", 1_000, 250,
             "1.5 x receiver", lambda ours, beside: ours <= 1.5 * beside[RECEIVER], spread=True),
        Cost("cost_1000", "bursts of 1,000, 4 a second", 1_000, 250, "receiver + 1.0", above(1.0),
             share=True),
        Cost("cost_100", "bursts of 100, 40 a second", 100, 25, "receiver + 1.5", above(1.5)),
        Cost("cost_1000_10", "1,000 workers, 10 reports a second each", 1_000, 100, share=True,
             floor=False),
        Cost("cost_10000_4", "10,000 workers, 4 reports a second each", 10_000, 250, share=True,
             floor=False),
        Cost("cost_10000_10", "10,000 workers, 10 reports a second each", 10_000, 100, share=True,
             floor=False),
        Footprint(1_000),
        Footprint(10_000),
        JournalSize(1_000),
        Reads(),
    ]
