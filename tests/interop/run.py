#!/usr/bin/env python3
"""muster in front of genuine engines: installs what is missing, and runs the tests.

usage: tests/interop/run.py [MUSTER] [--only WORD]...     (default: build/muster)

Engines are kept in $XDG_CACHE_HOME/muster-interop. One that cannot be had is skipped, loudly; so is
vLLM unless --vllm is given or it is in the cache, because it takes 7 GB.
exit codes: 0 all that could be had passed; 1 a test failed; 77 no engine could be had
"""
import argparse
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("muster", nargs="?",
                        default=os.path.join(HERE, "..", "..", "build", "muster"))
    parser.add_argument("--only", action="append", default=[], metavar="WORD",
                        help="tests whose name contains this (repeatable)")
    parser.add_argument("--vllm", action="store_true", help="install vLLM too (7 GB)")
    arguments = parser.parse_args()
    os.environ["MUSTER_BINARY"] = os.path.abspath(arguments.muster)
    if arguments.vllm:
        os.environ["MUSTER_INTEROP_VLLM"] = "yes"
    import report  # pylint: disable=import-outside-toplevel (the path is set above)
    loader = unittest.TestLoader()
    if arguments.only:
        loader.testNamePatterns = [f"*{word}*" for word in arguments.only]
    suite = loader.discover(HERE, pattern="*_test.py")
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    print("what was seen:")
    report.print_notes()
    for test, why in result.skipped:
        print(f"interop: SKIPPED {test}: {why}", file=sys.stderr)
    if not result.wasSuccessful():
        return 1
    return 0 if report.NOTES else 77


if __name__ == "__main__":
    sys.exit(main())
