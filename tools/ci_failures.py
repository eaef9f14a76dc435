#!/usr/bin/env python3
"""The words of what failed in a run of the gate, once more, in few lines: a build machine shows the
last lines of its log, and the words of a test stand in the middle of it.

usage: ci_failures.py LOG...   the logs of the stages that failed, as tools/ci.sh keeps them
Of a stage that came to its tests: the last lines of each failed test; of any other, its own. exit
codes: 0 printed; 2 a log cannot be read.
"""
import os
import re
import sys

TESTS_SHOWN = 8
LINES_SHOWN = 40  # Together: the tables before and after have their place among the last 60.
LINES_OF_ONE = 25
LINES_AT_LEAST = 6
COLUMNS = 200

FAILED = re.compile(r" *\d+/\d+ Test +#\d+: (.+?) \.*\*\*\*(?!Skipped)")
NOT_OUTPUT = re.compile(r" *\d+/\d+ Test +#\d+: | +Start +\d+: |\d+% tests passed")
GTEST_CLOSES = "[----------] Global test environment tear-down"


def failed_tests(lines):
    """(name, output) of each test that ctest tells failed, with what it printed by
    --output-on-failure."""
    found, output = [], None
    for line in lines:
        if NOT_OUTPUT.match(line):
            output = None
        failed = FAILED.match(line)
        if failed:
            output = []
            found.append((failed[1], output))
        elif output is not None:
            output.append(line)
    return found


def told(lines):
    """What a person reads of an output: no empty lines, not how googletest takes its leave."""
    if GTEST_CLOSES in lines and not any("Sanitizer" in line for line in lines):
        lines = lines[:lines.index(GTEST_CLOSES)]
    return [line[:COLUMNS] for line in lines
            if line.strip() and not line.startswith("[----------]")]


def failures(stage, lines):
    """(title, lines) of what failed in a stage."""
    tests = failed_tests(lines)
    if not tests:
        return [(stage, told(lines))]
    return [(f"{stage}: {name}", told(output)) for name, output in tests]


def main():
    found = []
    for path in sys.argv[1:]:
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                lines = file.read().splitlines()
        except OSError as error:
            print(f"ci_failures: cannot read {path}: {error.strerror}", file=sys.stderr)
            return 2
        found += failures(os.path.splitext(os.path.basename(path))[0], lines)
    shown = found[:TESTS_SHOWN]
    each = min(LINES_OF_ONE, max(LINES_AT_LEAST, LINES_SHOWN // max(1, len(shown))))
    for title, lines in shown:
        print(f"--- {title}")
        print("\n".join(lines[-each:]))
    if len(found) > len(shown):
        print("--- and: " + " ".join(title for title, _ in found[len(shown):])[:COLUMNS * 2])
    return 0


if __name__ == "__main__":
    sys.exit(main())
