#!/usr/bin/env bash
# The unit of the service, judged by systemd's own tool: it is valid, and what it leaves open is
# little. The path of the program is the one built here, so that systemd finds it.
#
# usage: tests/packaging/unit_test.sh MUSTER_BINARY
# exit codes: 0 as promised; 1 not; 77 no systemd-analyze here, which CTest counts as skipped.
set -u
cd "$(dirname "$0")/../.." || exit 1
binary=${1:?usage: unit_test.sh MUSTER_BINARY}
# Ten times systemd's "exposure level" (0 nothing is open, 100 everything is). What is open now:
# the network, which is what the service is for.
exposure_max=12

if ! command -v systemd-analyze >/dev/null; then
  echo "SKIPPED: no systemd-analyze: apt-get install --no-install-recommends -y systemd" >&2
  exit 77
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
unit=$folder/muster.service
sed "s|^ExecStart=/usr/bin/muster |ExecStart=$binary |" packaging/systemd/muster.service >"$unit"
grep -q "^ExecStart=$binary serve --config /etc/muster/muster.toml$" "$unit" || {
  echo "FAILED  the unit starts \`muster serve\` with /etc/muster/muster.toml" >&2
  exit 1
}

# It warns of what it does not know, and ends with 0 all the same.
said=$(systemd-analyze verify --man=no "$unit" 2>&1) || {
  echo "FAILED  systemd-analyze verify: $said" >&2
  exit 1
}
if grep -F "$folder" <<<"$said"; then
  echo "FAILED  systemd-analyze verify has something to say" >&2
  exit 1
fi
systemd-analyze security --offline=true --no-pager --threshold=$exposure_max "$unit" \
  >"$folder/security" 2>&1 || {
  cat "$folder/security" >&2
  echo "FAILED  systemd-analyze security: more is open than $exposure_max" >&2
  exit 1
}
tail -n 1 "$folder/security"

# The check can fail: a unit without its sandbox, and one with a misspelt word.
printf '[Service]\nType=notify\nExecStart=%s serve\n' "$binary" >"$folder/open.service"
if systemd-analyze security --offline=true --no-pager --threshold=$exposure_max \
  "$folder/open.service" >/dev/null 2>&1; then
  echo "FAILED  an open service passes" >&2
  exit 1
fi
sed 's/^PrivateTmp=/PrivateTpm=/' "$unit" >"$folder/misspelt.service"
if ! systemd-analyze verify --man=no "$folder/misspelt.service" 2>&1 | grep -qF "$folder"; then
  echo "FAILED  a misspelt word passes" >&2
  exit 1
fi
echo "ok"
