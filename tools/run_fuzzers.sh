#!/usr/bin/env bash
# Runs each libFuzzer target for some seconds on its corpus. New inputs go to BUILD/corpus/<name>,
# a finding to BUILD/findings/<name>-*: minimise it and commit it to fuzz/corpus/<name>.
# usage: tools/run_fuzzers.sh BUILD_FOLDER SECONDS   exit codes: 0 no finding; 1 some; 2 no target
set -u
cd "$(dirname "$0")/.." || exit 1
build=$1 seconds=$2 failed=0 count=0
export ASAN_SYMBOLIZER_PATH=/usr/bin/llvm-symbolizer-19
mkdir -p "$build/findings"
for source in fuzz/*_fuzz.cpp; do
  [ -f "$source" ] || continue
  name=$(basename "$source" _fuzz.cpp)
  mkdir -p "$build/corpus/$name" "fuzz/corpus/$name"
  echo "fuzz: $name, $seconds s"
  "$build/fuzz/muster_${name}_fuzz" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=2048 \
    -print_final_stats=1 -verbosity=0 -artifact_prefix="$build/findings/$name-" \
    "$build/corpus/$name" "fuzz/corpus/$name" || failed=1
  count=$((count + 1))
done
[ "$count" -gt 0 ] || { echo "fuzz: no fuzz/*_fuzz.cpp" >&2; exit 2; }
exit $failed
