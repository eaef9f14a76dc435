#!/usr/bin/env bash
# Runs the micro-benchmarks beside the code, then bench/run.py (end to end, and reads of the view),
# then bench/page_costs.py (the live page in a browser), of one build folder.
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
if command -v chromedriver >/dev/null; then
  python=/usr/bin/python3 # Debian's has selenium.
  [ -x "$python" ] || python=python3
  "$python" bench/page_costs.py "$build/muster" || failed=1
else
  echo "what the live page costs is not measured: no browser: tools/install_deps.sh web"
fi
exit $failed
