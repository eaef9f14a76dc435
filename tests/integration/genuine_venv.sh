#!/usr/bin/env bash
# Makes the Python environment of a test with other people's programs, once: prints its python's
# path.
# usage: genuine_venv.sh [PACKAGE==VERSION]     default: ai-dynamo-runtime==0.5.1
# exit 0: ready; 77: no package index could give it (why on stderr)
# Kept in ~/.cache/muster-tests (XDG_CACHE_HOME is honoured), so that a warm run installs nothing.
set -eu
requirement="${1:-ai-dynamo-runtime==0.5.1}"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/muster-tests"
venv="$cache/${requirement/==/-}"
mkdir -p "$cache"
exec 9>"$venv.lock"
flock 9
if [ ! -e "$venv/ready" ]; then
    rm -rf "$venv"
    # Debian's python, not one that a version manager puts before it.
    python=/usr/bin/python3
    [ -x "$python" ] || python=python3
    "$python" -m venv "$venv" >&2 || exit 77
    timeout 240 "$venv/bin/pip" install --quiet "$requirement" >&2 || exit 77
    touch "$venv/ready"
fi
echo "$venv/bin/python"
