#!/usr/bin/env bash
# The whole gate, as `make ci` and .ci/run call it: every stage runs, also after one that failed, so
# that one run tells everything. Prints the minutes of each stage, then the words of what failed
# once more (tools/ci_failures.py), and ends with the closing lines of the g++ test run, among them
# what it skipped and why (tools/skipped_tests.py). exit codes: 0 all passed; 1 some stage failed
# (the table says which).
set -u
cd "$(dirname "$0")/.." || exit 1
logs=build/ci
mkdir -p "$logs"

names=() minutes=() outcomes=() failed_logs=()

stage() {
  local name=$1 start=$SECONDS outcome=passed
  shift
  printf '\n=== %s\n' "$name"
  if ! "$@" 2>&1 | tee "$logs/$name.log"; then
    outcome=FAILED
    failed_logs+=("$logs/$name.log")
  fi
  names+=("$name") outcomes+=("$outcome")
  minutes+=("$(awk -v s=$((SECONDS - start)) 'BEGIN { printf "%.1f", s / 60 }')")
}

set -o pipefail
stage test make --no-print-directory test
stage clang make --no-print-directory clang
stage asan make --no-print-directory asan
stage tsan make --no-print-directory tsan
stage format make --no-print-directory format
stage tidy make --no-print-directory tidy
stage layers tools/check_layers.py
stage style tools/check_style.py
stage words tools/check_shell_and_words.sh

printf '\n=== minutes of each stage\n'
for i in "${!names[@]}"; do
  printf '%-10s %6s  %s\n' "${names[$i]}" "${minutes[$i]}" "${outcomes[$i]}"
done
printf '%-10s %6s\n\n' total "$(awk -v s=$SECONDS 'BEGIN { printf "%.1f", s / 60 }')"
if ((${#failed_logs[@]} > 0)); then
  echo "=== what failed (all of it: the stages' logs in $logs)"
  tools/ci_failures.py "${failed_logs[@]}"
  echo
fi

# What the g++ run said at its end; a run that never came to its tests has no such line.
if ! sed -n '/tests passed,/,$p' "$logs/test.log" | grep .; then
  echo "the g++ tests did not run to their end: see $logs/test.log"
fi
exit $((${#failed_logs[@]} > 0))
