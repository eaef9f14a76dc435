#!/usr/bin/env bash
# Runs the micro-benchmarks beside the code, then bench/run.py (end to end, and reads of the view),
# of one build folder.
# usage: tools/run_benches.sh BUILD_FOLDER   exit codes: 0 all ran; 1 some failed
set -u
cd "$(dirname "$0")/.." || exit 1
build=$1 failed=0
cpu=$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1)
echo "commit $(git describe --always --dirty), $(nproc) x $cpu"
while IFS= read -r program; do
  "$program" --benchmark_repetitions=5 --benchmark_report_aggregates_only=true || failed=1
done < <(find "$build" -type f -name 'muster_*_bench' ! -name muster_view_read_bench -perm -u+x |
  sort)
if [ -x bench/run.py ]; then
  bench/run.py "$build" || failed=1
fi
exit $failed
