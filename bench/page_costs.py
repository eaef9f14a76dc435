#!/usr/bin/env python3
"""What the live page costs a browser, measured by DevTools over simulated workers.

usage: bench/page_costs.py [MUSTER]      (default: build/muster)

1,000 workers that change four times a second each: the page's task time as a share of a core, its
JavaScript heap after a collection, the time from the start of a load until the fleet is drawn,
beside the first paint of an empty page of the same run. Ends with 0 whatever it measured; 3 where
the browser is missing. The goals are the third column.
"""
import http.server
import os
import statistics
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests", "web"))
os.environ["MUSTER_BINARY"] = os.path.abspath(
    sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build", "muster"))

import browser  # noqa: E402 (the path is set above)
from stage import Stage  # noqa: E402

WORKERS, RATE, SECONDS, LOADS = 1000, 4, 30, 9
PAINT = "return performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
DRAWN = "return performance.getEntriesByName('fleet-drawn')[0]?.startTime ?? null"


class Empty(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>empty</title><p>.")

    def log_message(self, *_):
        pass


def time_of(page, url, script):
    page.open("about:blank")
    page.open(url)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = page.run(script)
        if found:
            return found
        time.sleep(0.02)
    raise SystemExit(f"page_costs: {url} was never drawn")


def steady_costs(page):
    page.cdp("Performance.enable", timeDomain="timeTicks")
    time.sleep(5)
    before = page.metrics()
    time.sleep(SECONDS)
    after = page.metrics()
    passed = after["Timestamp"] - before["Timestamp"]
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
        # By turns, so that both meet the same machine.
        empty, drawn = [], []
        for _ in range(LOADS):
            empty.append(time_of(page, empty_url, PAINT))
            drawn.append(time_of(page, stage.url + "/", DRAWN))
        parts, heap, peak = steady_costs(page)
    finally:
        page.quit()
        stage.stop()
    ratio = statistics.median(drawn) / statistics.median(empty)
    print(f"the live page, {WORKERS} workers changing {RATE} times a second:")
    rows = [("task time, % of a core", f"{parts['TaskDuration']:.1f}", "30"),
            ("  of it script", f"{parts['ScriptDuration']:.1f}", ""),
            ("  of it style and layout",
             f"{parts['LayoutDuration'] + parts['RecalcStyleDuration']:.1f}", ""),
            ("heap after a collection, MiB", f"{heap:.1f}", "50"),
            ("heap before it, MiB", f"{peak:.1f}", ""),
            (f"fleet drawn, ms (median of {LOADS})", f"{statistics.median(drawn):.0f}", ""),
            ("empty page painted, ms", f"{statistics.median(empty):.0f}", ""),
            ("ratio", f"{ratio:.2f}", "3")]
    for name, value, goal in rows:
        print(f"  {name:<34} {value:>8} {('<= ' + goal) if goal else '':>8}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
