#!/usr/bin/env bash
# Runs ctest and says at its end what was skipped, and why (tools/skipped_tests.py).
#
# usage: run_tests.sh FOLDER CTEST_OPTION...   FOLDER: the build that the options name
# exit code: ctest's own.
set -u
results=$1/tests.xml
shift
rm -f "$results"
# A Python test tells inside of an output that passed what it skipped: kept in its whole length.
"${MUSTER_CTEST:-ctest}" "$@" --output-junit tests.xml --test-output-size-passed 1000000
code=$?
"$(dirname "$0")/skipped_tests.py" "$results"
exit "$code"
