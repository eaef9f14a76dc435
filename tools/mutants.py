#!/usr/bin/env python3
"""Breaks single rules of the core on purpose and looks whether a test notices.

Each mutant of tests/simulation/mutants/mutants.json is one exact replacement in one file. It is
applied to a scratch copy of src/muster/{base,fleet,collect} and their tests, built at -O1, and
judged by their gtests and by random fleets of a few seeds. Exit 0 if every mutant was caught; a
replacement that does not apply exactly once is an error, a mutant that survives is a missing test.

usage: tools/mutants.py [--only NAME] [--seeds N] [--jobs N] [--check]
  --check: builds nothing; whether each mutant applies, and the copy has every header it includes
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIST = ROOT / "tests/simulation/mutants/mutants.json"
SCRATCH = ROOT / "build/mutants"
FOLDERS = ["src/muster/base", "src/muster/fleet", "src/muster/collect", "tests/simulation",
           "tests/support"]
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
    wanted = {path.relative_to(ROOT) for folder in FOLDERS for path in (ROOT / folder).rglob("*")
              if path.is_file()}
    for path in [path for path in tree.rglob("*") if path.is_file()]:
        if path.relative_to(tree) not in wanted:
            path.unlink()
    for name in wanted:
        # What is the same is left alone, so that only what changed is built; what differs gets the
        # time of now, for a broken build of it may be younger than the sound file.
        bytes_wanted = (ROOT / name).read_bytes()
        if not (tree / name).exists() or (tree / name).read_bytes() != bytes_wanted:
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_bytes(bytes_wanted)
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


def applies_once(mutant, sound):
    """Nothing if it does; else in words."""
    count = sound.count(mutant["find"])
    return None if count == 1 else f"applies {count} times in {mutant['file']}"


def missing_headers():
    """Headers of ours that what is built includes, and that are not copied."""
    todo = [path for folder in FOLDERS if folder != "tests/support"
            for path in (ROOT / folder).rglob("*.cpp") if not path.name.endswith("_bench.cpp")]
    seen, missing = set(todo), set()
    while todo:
        path = todo.pop()
        for name in re.findall(r'^#include "([^"]+)"', path.read_text(), re.MULTILINE):
            places = [path.parent / name, ROOT / "src" / name, ROOT / "tests" / name]
            found = next((place for place in places if place.exists()), None)
            copied = found and any(found.is_relative_to(ROOT / folder) for folder in FOLDERS)
            if not copied:
                missing.add(f"{name} (included by {path.relative_to(ROOT)})")
            elif found not in seen:
                seen.add(found)
                todo.append(found)
    return sorted(missing)


def check(mutants):
    """Problems in words: whatever would keep a run from judging."""
    problems = [f"{mutant['name']}: {why}" for mutant in mutants
                if (why := applies_once(mutant, (ROOT / mutant["file"]).read_text()))]
    return problems + [f"not in the scratch copy: {name}" for name in missing_headers()]


def judge(tree, mutant, options):
    path = tree / mutant["file"]
    sound = path.read_text()
    if why := applies_once(mutant, sound):
        return "error", why
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
    parser.add_argument("--check", action="store_true", help="build nothing: would it work?")
    options = parser.parse_args()
    mutants = [m for m in json.loads(LIST.read_text()) if options.only in (None, m["name"])]
    if not mutants:
        sys.exit(f"mutants: no mutant is called {options.only}")
    if problems := check(mutants):
        sys.exit("mutants: " + "\nmutants: ".join(problems))
    if options.check:
        print(f"{len(mutants)} mutants apply")
        return 0
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
