#!/usr/bin/env python3
"""What prometheus-client's own parser takes for the recorded vLLM page, in CPU time.

For comparison with `muster_wire_bench --benchmark_filter=page_`; run it in a virtual environment
that has prometheus-client:

usage: bench/python_parser.py [PAGE]
"""
import os
import sys
import time

from prometheus_client.parser import text_string_to_metric_families

PAGE = os.path.join(os.path.dirname(__file__), os.pardir, "tests", "golden", "engines",
                    "vllm-0.32.0", "load-metrics.body")
ROUNDS = 50


def main():
    with open(sys.argv[1] if len(sys.argv) > 1 else PAGE, encoding="utf-8") as file:
        page = file.read()
    best = float("inf")
    samples = 0
    for _ in range(ROUNDS):
        before = time.process_time()
        samples = sum(len(family.samples) for family in text_string_to_metric_families(page))
        best = min(best, time.process_time() - before)
    print(f"{len(page)} bytes, {samples} samples: {best * 1e6:.0f} us")


if __name__ == "__main__":
    main()
