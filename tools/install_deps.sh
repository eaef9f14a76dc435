#!/usr/bin/env bash
# Installs the Debian 12 packages that muster needs, and only those that are missing.
#
# usage: tools/install_deps.sh [run|test|web|ci|deb]   (default: run)
#   run    builds and runs the program             test   also builds and runs the tests
#   web    also a browser for the tests of the page
#   ci     also the second compiler, sanitizers, clang-format, clang-tidy
#   deb    `run`, and builds and judges the Debian package
#
# As root it installs; as a user it goes through `sudo -n` where that works; else it prints the
# exact apt line and exits with 3. It starts no system service: while it installs, a policy-rc.d
# of its own forbids that, and one that was there before is put back, also after a failure.
# exit codes: 0 everything is there; 1 apt failed; 2 wrong usage; 3 somebody else must install.
set -u

run_set="g++ cmake ninja-build make ccache mold pkg-config libboost1.81-dev libsimdjson-dev
  libfmt-dev libcli11-dev libtomlplusplus-dev libnats-dev libssl-dev libc-ares-dev libyaml-cpp-dev
  libsystemd-dev zlib1g-dev nats-server openssl esbuild gzip"
test_set="libgtest-dev libgmock-dev libbenchmark-dev librapidcheck-dev nlohmann-json3-dev python3
  python3-venv curl systemd tmux nginx procps iproute2 etcd-server dnsmasq-base prometheus
  python3-prometheus-client groff-base man-db mandoc zsh fish nodejs node-typescript"
web_set="chromium chromium-driver python3-selenium poppler-utils fonts-inter fonts-dejavu-core"
deb_set="git debhelper dpkg-dev fakeroot lintian systemd debootstrap"
ci_set="git clang-19 clang-tidy-19 clang-format-19 libclang-rt-19-dev llvm-19 lld-19 shellcheck
  codespell"

case "${1:-run}" in
  run) wanted=$run_set ;;
  test) wanted="$run_set $test_set" ;;
  web) wanted="$run_set $test_set $web_set" ;;
  ci) wanted="$run_set $test_set $web_set $ci_set" ;;
  deb) wanted="$run_set $deb_set" ;;
  *)
    echo "install_deps: unknown set: $1: give run, test, web, ci or deb" >&2
    exit 2
    ;;
esac

if ! command -v dpkg-query >/dev/null; then
  echo "install_deps: no dpkg here: install what corresponds to:" >&2
  # shellcheck disable=SC2086  # One line of words is wanted.
  echo $wanted >&2
  exit 0
fi

missing=()
for package in $wanted; do
  case "$(dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null)" in
    ii*) ;;
    *) missing+=("$package") ;;
  esac
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" != 0 ]; then
  if sudo -n true 2>/dev/null; then
    exec sudo -n "$(readlink -f "$0")" "$@"
  fi
  {
    echo "install_deps: packages are missing, and this user may not install them."
    echo "Run this as root, then try again:"
    echo
    echo "    apt-get install --no-install-recommends -y ${missing[*]}"
    echo
    echo "(The packages nats-server, nginx, prometheus start system services, which muster does not"
    echo "need: \`$0 ${1:-run}\` as root installs without starting them.)"
    echo "install_deps: exit code 3"
  } >&2
  exit 3
fi

# The two paths can be set by tests/house, which has a fake apt-get beside them.
policy=${MUSTER_POLICY_FILE:-/usr/sbin/policy-rc.d}
kept=$policy.kept-by-muster
lock=${MUSTER_LOCK_FILE:-/run/lock/muster_install_deps}

put_back() {
  rm -f "$policy"
  if [ -e "$kept" ] || [ -L "$kept" ]; then
    mv "$kept" "$policy"
  fi
}

# Two at once would each take the other's policy for the machine's own.
exec 9>"$lock"
flock 9

# A run that was killed left the machine's own policy aside: that one is the truth.
if [ -e "$kept" ] || [ -L "$kept" ]; then
  put_back
fi
trap put_back EXIT
trap 'exit 1' HUP INT TERM
if [ -e "$policy" ] || [ -L "$policy" ]; then
  mv "$policy" "$kept" || exit 1
fi
printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy" || exit 1

echo "install_deps: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq 9>&- || echo "install_deps: apt-get update failed, trying with what is known" >&2
apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null 9>&- || {
  echo "install_deps: apt-get install failed: see above; is a Debian 12 mirror configured?" >&2
  exit 1
}
