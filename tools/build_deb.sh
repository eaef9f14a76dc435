#!/usr/bin/env bash
# Builds muster_VERSION_ARCH.deb from the files that git knows, under build/deb.
#
# usage: tools/build_deb.sh     (`make deb`)     prints the path of the package
# The packaging lies in packaging/debian; it becomes the debian/ of a copy of the tree, so that the
# tree itself stays clean. exit codes: 0 built; 1 failed (the log is named); 3 a tool is missing.
set -u
cd "$(dirname "$0")/.." || exit 1

if ! command -v dpkg-buildpackage >/dev/null || ! command -v dh >/dev/null; then
  echo "build_deb: no debhelper: apt-get install --no-install-recommends -y debhelper fakeroot" >&2
  exit 3
fi
version=$(sed -n '1s/.*(\(.*\)).*/\1/p' packaging/debian/changelog)
declared=$(sed -n 's/^project(muster VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
if [ "$version" != "$declared" ]; then
  echo "build_deb: packaging/debian/changelog says $version, CMakeLists.txt $declared:" \
    "make them one" >&2
  exit 1
fi

source=build/deb/muster-$version
log=$PWD/build/deb/build.log
rm -rf build/deb
mkdir -p "$source"
git ls-files -z | xargs -0 cp --parents -t "$source" || exit 1
cp -r packaging/debian "$source/debian"
cp packaging/systemd/muster.service "$source/debian/muster.service"
(cd "$source" && DEB_BUILD_OPTIONS="parallel=$(nproc) nocheck" \
  dpkg-buildpackage --build=binary --no-sign) >"$log" 2>&1 || {
  tail -20 "$log" >&2
  echo "build_deb: dpkg-buildpackage failed: see $log" >&2
  exit 1
}
ls build/deb/muster_"$version"_*.deb
