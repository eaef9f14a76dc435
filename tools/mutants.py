#!/usr/bin/env python3
"""Breaks single rules of the core on purpose and looks whether a test notices.

Each mutant of tests/simulation/mutants/mutants.json is one exact replacement in one file. It is
applied to a scratch copy of src/muster/{base,fleet,collect} and tests/simulation, built at -O1, and
judged by their gtests and by random fleets of a few seeds. Exit 0 if every mutant was caught; a
replacement that does not apply exactly once is an error, a mutant that survives is a missing test.

usage: tools/mutants.py [--only NAME] [--seeds N] [--jobs N]
"""
import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIST = ROOT / "tests/simulation/mutants/mutants.json"
SCRATCH = ROOT / "build/mutants"
FOLDERS = ["src/muster/base", "src/muster/fleet", "src/muster/collect", "tests/simulation"]
# A mutant may loop for ever; the sound code needs a fraction of this.
TIMEOUT_S = 120


def run(command, timeout=None):
    """Gives (exit code, output); a run that does not end counts as failed."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace",
                              timeout=timeout, check=False)
        return done.returncode, done.stdout + done.stderr
    except subprocess.TimeoutExpired:
        return 124, "TIMEOUT"


def prepare():
    tree = SCRATCH / "tree"
    for folder in FOLDERS:
        shutil.rmtree(tree / folder, ignore_errors=True)
        # Times are kept, so that only what changed since the last run is built.
        shutil.copytree(ROOT / folder, tree / folder)
    code, output = run(["cmake", "-G", "Ninja", "-S", str(LIST.parent),
                        "-B", str(SCRATCH / "build"),
                        f"-DSOURCE={tree}"])
    if code != 0:
        sys.exit(f"mutants: cmake fails:\n{output}")
    return tree


def build(jobs):
    return run(["cmake", "--build", str(SCRATCH / "build"), f"-j{jobs}"])


def caught_by(seeds):
    """Who notices what is built now: names of tests, or the first seed; nothing if nobody does."""
    code, output = run([str(SCRATCH / "build/mutant_tests"), "--gtest_brief=1"], TIMEOUT_S)
    failed = re.findall(r"^\[  FAILED  \] (\S+\.\S+)", output, re.MULTILINE)
    names = list(dict.fromkeys(name.rstrip(",") for name in failed))
    if code != 0:
        return names or ["a test that did not end" if code == 124 else "a test that crashed"]
    code, output = run([str(SCRATCH / "build/mutant_seeds"), "--seeds", "1", str(seeds)], TIMEOUT_S)
    if code == 0:
        return []
    seed = re.search(r"^FAILED --seed=\d+\n.*", output, re.MULTILINE)
    return [seed.group(0).replace("\n", ": ")[:160] if seed
            else "random fleets: no end, or a crash"]


def judge(tree, mutant, options):
    path = tree / mutant["file"]
    sound = path.read_text()
    if sound.count(mutant["find"]) != 1:
        return "error", f"applies {sound.count(mutant['find'])} times in {mutant['file']}"
    path.write_text(sound.replace(mutant["find"], mutant["replace"]))
    try:
        code, output = build(options.jobs)
        if code != 0:
            errors = [line for line in output.splitlines() if "error" in line]
            return "error", "does not compile: " + (errors or ["?"])[0]
        names = caught_by(options.seeds)
    finally:
        path.write_text(sound)
    if not names:
        return "SURVIVED", mutant["rule"]
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return "caught", names[0] + more


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", help="one mutant, by name")
    parser.add_argument("--seeds", type=int, default=60)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    mutants = [m for m in json.loads(LIST.read_text()) if options.only in (None, m["name"])]
    if not mutants:
        sys.exit(f"mutants: no mutant is called {options.only}")
    tree = prepare()
    code, output = build(options.jobs)
    if code != 0:
        sys.exit(f"mutants: the sound code does not build:\n{output[-2000:]}")
    if names := caught_by(options.seeds):
        sys.exit(f"mutants: the sound code fails its own tests: {', '.join(names)}")
    verdicts = []
    for mutant in mutants:
        verdict, why = judge(tree, mutant, options)
        verdicts.append(verdict)
        print(f"{verdict:9} {mutant['name']:34} {why}", flush=True)
    print(f"{verdicts.count('caught')} of {len(mutants)} mutants caught, "
          f"{verdicts.count('SURVIVED')} survived, {verdicts.count('error')} errors")
    return 0 if verdicts.count("caught") == len(mutants) else 1


if __name__ == "__main__":
    sys.exit(main())
