#!/usr/bin/env python3
"""What the live page costs a browser, measured by DevTools over simulated workers.

usage: bench/page_costs.py [MUSTER]      (default: build/muster)

1,000 workers that change four times a second each: the page's task time as a share of a core, its
JavaScript heap after a collection, the size of its bundle, and the time from the start of a load
until the fleet is painted (the browser's element timing of the words that count the workers, which
are in the same picture as the field), beside the first paint of an empty page. The two take turns;
each load is in a new process of the browser. Beside the time the CPU time of the whole browser for
it is told: a busy machine does not change that. Ends with 0 whatever it measured; 3 where the
browser is missing. The goals are the last column.
"""
import glob
import http.server
import os
import re
import statistics
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests", "web"))
os.environ["MUSTER_BINARY"] = os.path.abspath(
    sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build", "muster"))

import browser  # noqa: E402 (the path is set above)
from stage import Stage, get, wait_for  # noqa: E402

WORKERS, RATE, SECONDS, LOADS = 1000, 4, 30, 25
PAINT = "return performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
# Asked for later, it is told of the past too.
DRAWN = """
const done = arguments[0];
new PerformanceObserver((list) => done(list.getEntries()[0].renderTime))
    .observe({type: 'element', buffered: true});
"""


class Empty(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>empty</title><p>.")

    def log_message(self, *_):
        pass


def empty_painted(page):
    return wait_for("the empty page", lambda: page.run(PAINT))


def fleet_painted(page):
    return page.driver.execute_async_script(DRAWN)


def cpu_of(root):
    """{thread: ns} of a process and all below it."""
    parents, used = {}, {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8") as file:
                parents[int(name)] = int(file.read().rpartition(")")[2].split()[1])
        except OSError:  # It has ended meanwhile.
            continue
    for process in parents:
        above = process
        while above not in (root, 0):
            above = parents.get(above, 0)
        if above != root:
            continue
        for path in glob.glob(f"/proc/{process}/task/*/schedstat"):
            try:
                with open(path, encoding="utf-8") as file:
                    used[path] = int(file.read().split()[0])
            except OSError:
                continue
    return used


def load(page, url, painted):
    """(ms until it was painted, ms of CPU that the browser took for it)"""
    page.open("about:blank")
    time.sleep(0.3)  # What the browser still has to do for the page before.
    root = page.driver.service.process.pid
    before = cpu_of(root)
    page.open(url)
    passed = painted(page)
    after = cpu_of(root)
    return passed, sum(ns - before.get(thread, 0) for thread, ns in after.items()) / 1e6


def bundle_kb(url):
    """What is loaded but the fleet itself, unpacked."""
    total = 0
    with get(url + "/", Accept="text/html") as answer:
        text = answer.read().decode()
    for path in set(re.findall(r"/assets/[\w.]+", text)):
        with get(url + path) as answer:
            total += len(answer.read())
    return (total + len(text)) / 1000


def steady_costs(page):
    # Of the thread's own clock: CPU time, whatever else the machine does.
    page.cdp("Performance.disable")
    page.cdp("Performance.enable", timeDomain="threadTicks")
    time.sleep(5)
    before, begun = page.metrics(), time.monotonic()
    time.sleep(SECONDS)
    after = page.metrics()
    passed = time.monotonic() - begun
    page.cdp("HeapProfiler.collectGarbage")
    heap = page.metrics()["JSHeapUsedSize"]
    parts = {name: (after[name] - before[name]) / passed * 100
             for name in ("TaskDuration", "ScriptDuration", "LayoutDuration",
                          "RecalcStyleDuration")}
    return parts, heap / 2**20, after["JSHeapUsedSize"] / 2**20


def main():
    if browser.MISSING:
        print(f"page_costs: {browser.WHY_NOT}", file=sys.stderr)
        return 3
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Empty)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    empty_url = f"http://127.0.0.1:{server.server_port}/"
    stage = Stage()
    page = browser.Browser()
    try:
        stage.simulate(WORKERS, "--rate", str(RATE))
        stage.serve()
        stage.wait_for_workers(WORKERS)
        bundle = bundle_kb(stage.url)
        # By turns, so that both meet the same machine.
        empty, drawn = [], []
        for _ in range(LOADS):
            empty.append(load(page, empty_url, empty_painted))
            drawn.append(load(page, stage.url + "/", fleet_painted))
        parts, heap, peak = steady_costs(page)
    finally:
        page.quit()
        stage.stop()
    print(f"the live page, {WORKERS} workers changing {RATE} times a second:")
    rows = [("bundle, kB", f"{bundle:.1f}", "120"),
            ("task time, % of a core", f"{parts['TaskDuration']:.1f}", "30"),
            ("  of it script", f"{parts['ScriptDuration']:.1f}", ""),
            ("  of it style and layout",
             f"{parts['LayoutDuration'] + parts['RecalcStyleDuration']:.1f}", ""),
            ("heap after a collection, MiB", f"{heap:.1f}", "50"),
            ("heap before it, MiB", f"{peak:.1f}", "")]
    for what, i in (("ms", 0), ("ms of CPU", 1)):
        for words, of in ((f"least of {LOADS} loads", min), ("median", statistics.median)):
            fleet, nothing = of(one[i] for one in drawn), of(one[i] for one in empty)
            rows += [(f"fleet painted, {what} ({words})", f"{fleet:.0f}", ""),
                     (f"empty page painted, {what} ({words})", f"{nothing:.0f}", ""),
                     (f"ratio ({words})", f"{fleet / nothing:.2f}", "3")]
    for name, value, goal in rows:
        print(f"  {name:<44} {value:>8} {('<= ' + goal) if goal else '':>8}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
