#!/usr/bin/env bash
# Runs shellcheck on every shell script of the tree, codespell on its words.
# exit codes: 0 fine; 1 not.
set -u
cd "$(dirname "$0")/.." || exit 1
failed=0
shebang='^#!.*(/| )(ba)?sh'
mapfile -t scripts < <(git grep -lE "$shebang" -- .ci tools tests packaging bench 2>/dev/null)
if [ ${#scripts[@]} -gt 0 ]; then
  shellcheck -x "${scripts[@]}" || failed=1
fi
# Recorded bytes and corpora hold what others wrote.
codespell --quiet-level=2 --ignore-words=tools/codespell_ignore.txt \
  --skip='./build,./.git,./fuzz/corpus,./tests/golden,./web,./LICENSE,*.pyc' . || failed=1
exit $failed
