#!/usr/bin/env python3
"""What a run of the tests has not looked at, and why: CTest gives no more than the names of what
was skipped as a whole, and nothing of what was skipped inside a Python test that passed.

usage: skipped_tests.py FILE   what CTest writes by --output-junit
Prints each reason once, with the tests it kept from running; nothing if nothing was skipped. exit
codes: 0 printed; 2 the file cannot be read.
"""
import re
import sys
from xml.etree import ElementTree

REASONS_SHOWN = 6  # With ci_failures.py's lines they stay among the last 60 of the gate's log.
COLUMNS = 300

GTEST_REASON = re.compile(r".+: Skipped")
GTEST_SKIPPED = re.compile(r"\[  SKIPPED \] (\S+) \(\d+ ms\)")
# A test with a docstring has its name in the line before.
UNITTEST = re.compile(r"(?:.* \.\.\. )?skipped (['\"])(.*)\1")
UNITTEST_NAME = re.compile(r"(\S+) \(\S+\)")


def skips_in(name, output, whole):
    """(reason, test) of what one test of CTest tells that it did not look at."""
    found, reason, of_unittest = [], None, name
    for line in output:
        ends, by_unittest = GTEST_SKIPPED.fullmatch(line), UNITTEST.fullmatch(line)
        named = UNITTEST_NAME.match(line)
        of_unittest = named[1] if named else of_unittest
        if ends:
            found.append((" ".join(reason or []), ends[1]))
            reason = None
        elif GTEST_REASON.fullmatch(line):
            reason = []
        elif reason is not None:
            reason.append(line.strip())
        elif by_unittest:
            found.append((by_unittest[2], of_unittest))
    if whole and not found:
        said = [line.strip() for line in output if line.strip("- \t")]
        found.append((said[-1] if said else "", name))
    return found


def main():
    try:
        tests = ElementTree.parse(sys.argv[1]).iter("testcase")
    except (OSError, ElementTree.ParseError) as error:
        print(f"skipped_tests: cannot read {sys.argv[1]}: {error}", file=sys.stderr)
        return 2
    tests_by_reason = {}
    for test in tests:
        output = (test.findtext("system-out") or "").splitlines()
        for reason, name in skips_in(test.get("name"), output, test.find("skipped") is not None):
            tests_by_reason.setdefault(reason.strip() or "no reason given", []).append(name)
    if tests_by_reason:
        print("\n=== NOT TESTED here, and why")
    for reason, names in list(tests_by_reason.items())[:REASONS_SHOWN]:
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        print(f"{reason[:COLUMNS]} ({names[0]}{more})")
    if len(tests_by_reason) > REASONS_SHOWN:
        print(f"and for {len(tests_by_reason) - REASONS_SHOWN} other reasons")
    return 0


if __name__ == "__main__":
    sys.exit(main())
