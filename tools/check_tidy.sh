#!/usr/bin/env bash
# clang-tidy 19 on the .cpp files that changed, newest change first, for at most TIDY_MINUTES (4).
# What there was no time for is named, never passed over in silence.
#
# usage: tools/check_tidy.sh BUILD_FOLDER   (a configured clang build: its compile_commands.json)
# "Changed" is against CI_BASE, else the merge base with origin/main or main, else (on main itself)
# the commit ten back. exit codes: 0 fine; 1 findings; 2 no compile_commands.json.
set -u
cd "$(dirname "$0")/.." || exit 1
build=$1
if [ ! -f "$build/compile_commands.json" ]; then
  echo "check_tidy: $build: no compile_commands.json: run \`cmake --preset clang\`" >&2
  exit 2
fi

base=${CI_BASE:-}
for branch in origin/main main; do
  [ -z "$base" ] || break
  found=$(git merge-base HEAD "$branch" 2>/dev/null) || continue
  [ "$found" = "$(git rev-parse HEAD)" ] || base=$found
done
[ -n "$base" ] || base=$(git rev-parse -q --verify HEAD~10) ||
  base=$(git rev-list --max-parents=0 HEAD | tail -1)

# Files of the working tree that differ from the base, the last committed first; tests after code.
changed=$(
  git diff --name-only --diff-filter=d "$base" -- '*.cpp'
  git ls-files -o --exclude-standard -- '*.cpp'
)
ordered=$(for file in $changed; do
  grep -qF "/$file\"" "$build/compile_commands.json" || continue
  case "$file" in *_test.cpp | *_bench.cpp) last=1 ;; *) last=0 ;; esac
  when=$(git log -1 --format=%ct -- "$file")
  printf '%s %s %s\n' "$last" "${when:-9999999999}" "$file"
done | sort -k1,1n -k2,2nr | cut -d' ' -f3)
if [ -z "$ordered" ]; then
  echo "tidy: nothing changed since $(git rev-parse --short "$base")"
  exit 0
fi

deadline=$(($(date +%s) + ${TIDY_MINUTES:-4} * 60))
export deadline build
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export folder
# shellcheck disable=SC2016  # The inner shell expands them.
echo "$ordered" | xargs -P "$(nproc)" -I{} bash -c '
  name=$(echo {} | tr / _)
  if [ "$(date +%s)" -ge "$deadline" ]; then echo {} >"$folder/$name.late"; exit 0; fi
  if clang-tidy-19 -p "$build" --quiet {} >"$folder/$name.out" 2>"$folder/$name.err"
  then echo {} >"$folder/$name.done"; else touch "$folder/$name.bad"; fi'

cat "$folder"/*.out 2>/dev/null
clean=$(cat "$folder"/*.done 2>/dev/null | wc -l)
echo "tidy: $clean of $(echo "$ordered" | wc -l) changed files are clean"
if ls "$folder"/*.late >/dev/null 2>&1; then
  echo "tidy: no time (TIDY_MINUTES=${TIDY_MINUTES:-4}) for: $(cat "$folder"/*.late | tr '\n' ' ')"
fi
! ls "$folder"/*.bad >/dev/null 2>&1
