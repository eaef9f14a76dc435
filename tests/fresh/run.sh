#!/usr/bin/env bash
# The README's two commands in a bare Debian 12: first as a user who may not install packages (the
# exact apt line, exit code 3), then as root (only what is missing, no service started, an existing
# policy-rc.d put back, a live fleet shown). `make test-fresh`; not part of `make ci`.
#
# Needs what tests/packaging/bare_debian.sh needs.
# exit codes: 0 all as promised; 1 not; 3 cannot be run.
set -u
cd "$(dirname "$0")/../.." || exit 1
name=test-fresh
# shellcheck source=tests/packaging/bare_debian.sh
. tests/packaging/bare_debian.sh

bare_debian ""
git clone -q --no-hardlinks . "$root/srv/muster" || exit 1
chroot "$root" useradd --create-home visitor
chown -R 1000:1000 "$root/srv/muster"

inside() { # inside USER COMMAND
  local home=/root
  [ "$1" = 0 ] || home=/home/visitor
  chroot "$root" /usr/bin/env -i HOME="$home" LC_ALL=C.UTF-8 PATH=/usr/bin:/bin:/usr/sbin:/sbin \
    setpriv --reuid="$1" --regid="$1" --clear-groups bash -c "cd /srv/muster && $2"
}
services() { # Processes whose root is the chroot.
  local process
  for process in /proc/[0-9]*; do
    [ "$(readlink "$process/root")" = "$root" ] && cat "$process/comm"
  done
}

echo "=== as a user who may not install"
said=$(inside 1000 "tools/install_deps.sh" 2>&1)
code=$?
line=$(echo "$said" | grep '^    apt-get install')
expect "exit code 3" [ "$code" = 3 ]
expect "the exact apt line: $(echo "$line" | wc -w) words" grep -q libnats-dev <<<"$line"

echo "=== as root"
manual=$(inside 0 "apt-mark showmanual" | sort)
printf '#!/bin/sh\n# The machine own rule.\nexit 0\n' >"$root/usr/sbin/policy-rc.d"
chmod 711 "$root/usr/sbin/policy-rc.d"
rule() { stat -c '%a %s %i' "$root/usr/sbin/policy-rc.d"; }
before=$(rule)
inside 0 "tools/install_deps.sh" >"$root/install.log" 2>&1
expect "packages install" [ $? = 0 ]
expect "policy-rc.d is put back" [ "$(rule)" = "$before" ]
expect "no service was started" [ -z "$(services)" ]
asked=$(echo "${line#*-y }" | tr ' ' '\n' | sort)
wanted=$(inside 0 "apt-mark showmanual" | sort | comm -13 <(echo "$manual") - )
expect "only what the line names was asked of apt" [ "$wanted" = "$asked" ]
inside 0 "tools/install_deps.sh" >"$root/again.log" 2>&1
expect "a second time there is nothing to do" [ ! -s "$root/again.log" ]

inside 1000 "make" >"$root/make.log" 2>&1
expect "make leaves build/muster" [ -x "$root/srv/muster/build/muster" ]
inside 1000 "timeout 60 build/muster demo --once --json" >"$root/demo.json" 2>"$root/demo.log"
expect "the demo shows a fleet" python3 -c '
import json, sys
fleet = json.load(open(sys.argv[1]))
print(len(fleet["workers"]), "workers,", fleet["stats"]["workers"])
sys.exit(not fleet["workers"])' "$root/demo.json"
expect "nothing of it is left running" [ -z "$(services)" ]
[ $failed = 0 ] || tail -n 15 "$root"/*.log
exit $failed
