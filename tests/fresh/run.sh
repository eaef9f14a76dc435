#!/usr/bin/env bash
# The README's two commands in a bare Debian 12: first as a user who may not install packages (the
# exact apt line, exit code 3), then as root (only what is missing, no service started, an existing
# policy-rc.d put back, a live fleet shown though the usual ports are taken, every test passed).
# `make test-fresh`; not part of `make ci`: half an hour.
#
# Needs what tests/packaging/bare_debian.sh needs. CCACHE=DIR gives it a copy of that ccache.
# exit codes: 0 all as promised; 1 not; 3 cannot be run.
set -u
cd "$(dirname "$0")/../.." || exit 1
name=test-fresh
# shellcheck source=tests/packaging/bare_debian.sh
. tests/packaging/bare_debian.sh

bare_debian git,make  # What the README asks for first.
git clone -q --no-hardlinks . "$root/srv/muster" || exit 1
if [ -n "${CCACHE:-}" ]; then
  mkdir -p "$root/root/.cache"
  cp -a "$CCACHE" "$root/root/.cache/ccache" || cannot "CCACHE: cannot copy $CCACHE"
fi
chroot "$root" useradd --create-home visitor
chown -R 1000:1000 "$root/srv/muster"

inside() { # inside USER COMMAND
  local home=/root
  [ "$1" = 0 ] || home=/home/visitor
  chroot "$root" /usr/bin/env -i HOME="$home" LC_ALL=C.UTF-8 PATH=/usr/bin:/bin:/usr/sbin:/sbin \
    setpriv --reuid="$1" --regid="$1" --clear-groups bash -c "cd /srv/muster && $2"
}
# Somebody else has the ports of a broker and of muster, until this script ends.
take_ports() {
  coproc ports {
    python3 -c '
import socket, sys
taken = [socket.socket() for _ in range(2)]
for held, port in zip(taken, (4222, 6878)):
    try:
        held.bind(("127.0.0.1", port))
        held.listen()
    except OSError:
        pass  # Somebody has it already.
print("taken", flush=True)
sys.stdin.read()'
  }
  read -r _ <&"${ports[0]}"
}
services() { # Processes whose root is the chroot.
  local process
  for process in /proc/[0-9]*; do
    [ "$(readlink "$process/root")" = "$root" ] && cat "$process/comm"
  done
}

run_line() { grep '^    apt-get install'; }
words() { tr ' ' '\n' | sort; }

echo "=== as a user who may not install"
said=$(inside 1000 "tools/install_deps.sh" 2>&1)
code=$?
line=$(run_line <<<"$said")
expect "exit code 3" [ "$code" = 3 ]
expect "the exact apt line: $(wc -w <<<"$line") words" grep -q libnats-dev <<<"$line"
for target in demo test; do
  said=$(inside 1000 "make $target" 2>&1)
  expect "make $target prints such a line" grep -q libnats-dev <<<"$(run_line <<<"$said")"
  # GNU make itself ends with 2 whatever its recipe ended with, and says what that was.
  expect "make $target ends by code 3 of its recipe" grep -q 'Error 3$' <<<"$said"
done
expect "nothing was built" [ ! -e "$root/srv/muster/build" ]

echo "=== as root: make demo"
manual=$(inside 0 "apt-mark showmanual" | sort)
printf '#!/bin/sh\n# The machine own rule.\nexit 0\n' >"$root/usr/sbin/policy-rc.d"
chmod 711 "$root/usr/sbin/policy-rc.d"
rule() { stat -c '%a %s %i' "$root/usr/sbin/policy-rc.d"; }
before=$(rule)
take_ports
inside 0 "make demo" >"$root/demo.log" 2>&1
expect "it builds, shows a fleet and ends" [ $? = 0 ]
expect "it shows the workers" grep -q 'dynamo/backend/' "$root/demo.log"
expect "policy-rc.d is put back" [ "$(rule)" = "$before" ]
expect "no service was started, nothing is left running" [ -z "$(services)" ]
wanted=$(inside 0 "apt-mark showmanual" | sort | comm -13 <(echo "$manual") -)
expect "only what the line names was asked of apt" [ "$wanted" = "$(words <<<"${line#*-y }")" ]
inside 0 "tools/install_deps.sh" >"$root/again.log" 2>&1
expect "a second time there is nothing to install" [ ! -s "$root/again.log" ]
inside 1000 "timeout 60 build/muster demo --once --json" >"$root/demo.json" 2>"$root/once.log"
expect "a user may run what root built" python3 -c '
import json, sys
fleet = json.load(open(sys.argv[1]))
print(len(fleet["workers"]), "workers,", fleet["stats"]["workers"])
sys.exit(not fleet["workers"])' "$root/demo.json"

echo "=== as root: make test"
inside 0 "make test" >"$root/test.log" 2>&1
expect "it builds and passes" [ $? = 0 ]
grep -A 20 'tests passed' "$root/test.log"
expect "policy-rc.d is put back" [ "$(rule)" = "$before" ]
expect "no service was started, nothing is left running" [ -z "$(services)" ]
[ $failed = 0 ] || tail -n 15 "$root"/*.log
exit $failed
