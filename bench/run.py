#!/usr/bin/env python3
"""End-to-end benchmarks: one table, each figure beside its reference of the same run.

Runs are interleaved: every case once, then every case again, so that a busy quarter of an hour
touches all of them. Figures are min / median / max over the runs; goals judge medians. The exit
code tells whether everything could be measured, not whether goals were met.

usage: bench/run.py BUILD_FOLDER [--runs N] [--quick] [--only WORD]... [--json FILE]
exit codes: 0 measured; 1 something could not be measured; 2 wrong usage
"""
import argparse
import json
import os
import subprocess
import sys
import time

sys.dont_write_bytecode = True  # The tree stays as it is.
from endtoend.cases import all_cases  # noqa: E402
from endtoend.programs import Failure, Lab  # noqa: E402
from endtoend.scraping import scraping_cases  # noqa: E402
from endtoend.serving import serving_cases  # noqa: E402
from endtoend.table import render  # noqa: E402

ATTEMPTS = 3  # A machine that others use too spoils a measurement now and then.


def every_case():
    return [*all_cases(), *serving_cases(), *scraping_cases()]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("build", help="a build folder with muster and muster_benches")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--quick", action="store_true",
                        help="one short run over small fleets: proves that it runs, no more")
    parser.add_argument("--only", action="append", default=[], metavar="WORD",
                        help="cases whose name begins so (repeatable): "
                        + ", ".join(case.name for case in every_case()))
    parser.add_argument("--json", metavar="FILE", help="also writes every single value there")
    return parser.parse_args()


def tell(text):
    print(text, file=sys.stderr, flush=True)


def measure_once(case, lab):
    for attempt in range(1, ATTEMPTS + 1):
        try:
            case.measure(lab)
            return True
        except (Failure, OSError, subprocess.SubprocessError) as why:
            tell(f"  {case.name}, attempt {attempt}: {why}")
    return False


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True,
                            text=True, cwd=os.path.dirname(os.path.abspath(__file__)), check=False)
    return f"commit {commit.stdout.strip() or 'unknown'}, {len(models)} x {models[0]}"


def load_average():
    return " ".join(f"{load:.2f}" for load in os.getloadavg())


def main():
    arguments = parse_arguments()
    cases = [case for case in every_case()
             if not arguments.only or case.name.startswith(tuple(arguments.only))]
    if not cases or arguments.runs < 1:
        tell("bench: nothing to measure: --only, --runs: see --help")
        return 2
    runs = 1 if arguments.quick else arguments.runs
    begun, failed = load_average(), set()
    for run in range(1, runs + 1):
        started = time.monotonic()
        try:
            with Lab(os.path.abspath(arguments.build), arguments.quick) as lab:
                failed |= {case.name for case in cases if not measure_once(case, lab)}
        except Failure as why:
            tell(f"bench: {why}")
            return 1
        tell(f"  run {run} of {runs}: {time.monotonic() - started:.0f} s")
    print(f"{machine()}; {runs} runs; load average {begun} before, {load_average()} after"
          + ("; quick: these figures mean nothing" if arguments.quick else ""))
    rows = [row for case in cases for row in case.rows]
    print(render(rows))
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump([{"what": row.what, "unit": row.unit, "muster": row.ours,
                        "beside": row.references} for row in rows], file, indent=1)
    for name in sorted(failed):
        tell(f"bench: could not be measured in every run: {name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
