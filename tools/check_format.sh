#!/usr/bin/env bash
# Holds every C++ file of the tree against .clang-format. exit codes: 0 fine; 1 some file differs
# (each place is named; `clang-format-19 -i FILE` mends it).
set -u
cd "$(dirname "$0")/.." || exit 1
mapfile -t files < <(git ls-files --cached --others --exclude-standard -- '*.cpp' '*.hpp')
existing=()
for file in "${files[@]}"; do
  [ -f "$file" ] && existing+=("$file")
done
[ ${#existing[@]} -gt 0 ] || exit 0
# One line per place; clang-format also quotes the line and points at the column.
if ! found=$(clang-format-19 --dry-run -Werror "${existing[@]}" 2>&1); then
  advice='not formatted: run clang-format-19 -i on it'
  echo "$found" | sed -n "s/^\([^:]*:[0-9]*\):[0-9]*: error:.*/\1: $advice/p" | sort -u
  exit 1
fi
