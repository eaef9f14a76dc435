#!/usr/bin/env bash
# The Debian package, judged: lintian, then installed, run, upgraded, removed and purged in a bare
# Debian 12, its unit verified by systemd's own tool. `make test-deb`; not part of `make ci`.
#
# Needs what bare_debian.sh needs.
# exit codes: 0 all as promised; 1 not; 3 cannot be run.
set -u
cd "$(dirname "$0")/../.." || exit 1
name=test-deb
# shellcheck source=tests/packaging/bare_debian.sh
. tests/packaging/bare_debian.sh
package=$(find build/deb -maxdepth 1 -name 'muster_*.deb' 2>/dev/null | head -n 1)
[ -n "$package" ] || cannot "no package under build/deb: run \`make deb\`"

inside() { # inside COMMAND
  chroot "$root" /usr/bin/env -i HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    PATH=/usr/bin:/bin:/usr/sbin:/sbin bash -c "$1"
}
# Files of muster's, but for what dpkg and apt remember of a package that was there.
left() {
  inside "find / -xdev \( -path /proc -o -path /tmp -o -path /var/lib/dpkg -o -path /var/log \
    -o -path /var/cache \) -prune -o -name '*muster*' -print"
}

echo "=== lintian"
lintian --fail-on error "$package"
expect "lintian finds no error" [ $? = 0 ]

bare_debian systemd,man-db
cp "$package" "$root/tmp/muster.deb"
expect "nothing of muster is there yet" [ -z "$(left)" ]

inside "apt-get update -qq && apt-get install -y -qq --no-install-recommends /tmp/muster.deb" \
  >"$root/install.log" 2>&1
expect "it installs with what it depends on" [ $? = 0 ]
expect "the program runs" inside "muster --version"
expect "its configuration reads" inside \
  "muster serve --config /etc/muster/muster.toml --print-config >/dev/null"
# As the unit has it, in a folder of the service: by hand it would be that of whoever starts it.
said=$(inside "timeout --preserve-status 3 muster serve --config /etc/muster/muster.toml \
  --listen 127.0.0.1:0 --state-dir /tmp/state" 2>&1)
expect "it serves, and ends with 0 when it is asked to" [ $? = 0 ]
expect "it says where" grep -q "serving http://127.0.0.1:" <<<"$said"
said=$(inside "systemd-analyze verify muster.service" 2>&1)
expect "systemd verifies the unit" [ $? = 0 ]
expect "and has nothing to say of it: $said" [ -z "$(grep -F muster <<<"$said")" ]
expect "the service is not enabled by itself" [ -z "$(inside "find /etc/systemd -name 'muster*'")" ]
for page in muster muster-serve muster.toml; do
  expect "man $page" inside "man -w $page >/dev/null"
done
expect "bash completes it" inside "test -s /usr/share/bash-completion/completions/muster"
expect "the guide is there" inside "ls /usr/share/doc/muster/guide/service.md* >/dev/null"

echo "=== upgrade"
echo "# changed by the operator" >>"$root/etc/muster/muster.toml"
mkdir -p "$root/var/lib/private/muster"
echo "the journal" >"$root/var/lib/private/muster/journal"
mkdir "$root/tmp/next"
dpkg-deb -R "$package" "$root/tmp/next"
sed -i 's/^Version: .*/Version: 999.0/' "$root/tmp/next/DEBIAN/control"
dpkg-deb --root-owner-group -b "$root/tmp/next" "$root/tmp/next.deb" >/dev/null
inside "dpkg --force-confdef --force-confold -i /tmp/next.deb" >"$root/upgrade.log" 2>&1
expect "it upgrades" [ $? = 0 ]
expect "to the new version" inside "dpkg-query -W -f '\${Version}\n' muster | grep -qx 999.0"
expect "the operator's configuration stays" grep -q "changed by the operator" \
  "$root/etc/muster/muster.toml"

echo "=== remove, purge"
inside "apt-get remove -y -qq muster" >"$root/remove.log" 2>&1
expect "it is removed" [ $? = 0 ]
expect "the configuration stays" test -e "$root/etc/muster/muster.toml"
expect "so does the journal" test -e "$root/var/lib/private/muster/journal"
inside "apt-get purge -y -qq muster" >"$root/purge.log" 2>&1
expect "it is purged" [ $? = 0 ]
expect "and nothing is left: $(left | tr '\n' ' ')" [ -z "$(left)" ]
[ $failed = 0 ] || tail -n 15 "$root"/*.log
exit $failed
