# shellcheck shell=bash
# A bare Debian 12 to install things in, for tests: sourced, not run, after `name` was set.
#
# Needs root, debootstrap and a Debian mirror: the one that this machine's apt is configured with.
# KEEP_ROOT=1 leaves it for a look.

# cannot WHY: ends with 3, nothing was judged.
cannot() {
  echo "${name:?}: $1" >&2
  exit 3
}

failed=0
# expect WORDS CONDITION...: one line; a condition that does not hold makes `failed` 1.
expect() {
  local words=$1
  shift
  if "$@"; then echo "ok      $words"; else echo "FAILED  $words"; failed=1; fi
}

# Sets `sources`, the lines of apt, and `mirror`, that of bookworm.
find_mirror() {
  # shellcheck disable=SC2016  # apt fills these in.
  local format='$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN) $(CREATED_BY)'
  sources=$(apt-get indextargets --format "$format" |
    awk '$4 == "Debian" && $5 == "Packages" { print "deb", $1, $2, $3 }' | sort -u)
  mirror=$(echo "$sources" | awk '$3 == "bookworm" && $4 == "main" { print $2; exit }')
  [ -n "$mirror" ] || cannot "apt knows no mirror of bookworm main: see /etc/apt"
}

# shellcheck disable=SC2317  # Called by the trap.
remove_root() {
  umount "$root/proc" "$root/dev/pts" 2>/dev/null
  if [ -n "${KEEP_ROOT:-}" ]; then
    echo "$name: kept $root"
  else
    rm -rf --one-file-system "$root"
  fi
}

# bare_debian PACKAGES: makes it with these packages besides (by commas; empty: none); sets `root`,
# which goes at the end of the script.
bare_debian() {
  [ "$(id -u)" = 0 ] || cannot "not root: debootstrap and chroot need it"
  command -v debootstrap >/dev/null || cannot "no debootstrap: apt-get install debootstrap"
  find_mirror
  root=$(mktemp -d "/var/tmp/muster_${name}_XXXXXX")
  chmod 755 "$root"
  trap remove_root EXIT
  trap 'exit 1' HUP INT TERM
  echo "=== a bare Debian 12 in $root"
  debootstrap --variant=minbase ${1:+--include="$1"} bookworm "$root" "$mirror" >"$root.log" 2>&1 ||
    { tail -n 5 "$root.log"; cannot "debootstrap failed: see $root.log"; }
  rm -f "$root.log"
  echo "$sources" >"$root/etc/apt/sources.list"
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  # What an installed Debian has, and debootstrap does not make.
  printf '127.0.0.1 localhost\n::1 localhost\n' >"$root/etc/hosts"
  mount -t proc proc "$root/proc" || cannot "no /proc may be mounted here"
  mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$root/dev/pts" ||
    cannot "no /dev/pts may be mounted here"
  ln -sf pts/ptmx "$root/dev/ptmx"
}
