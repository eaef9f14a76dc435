#!/usr/bin/env python3
"""clang-tidy 19 on the .cpp files that changed, newest change first, tests after code.

What was found clean once is remembered (in $XDG_CACHE_HOME/muster/tidy, for all clones) by all that
the compiler sees of it, so that a run costs only what really changed. A run takes at most
TIDY_MINUTES (10); what there was no time for is named, never passed over in silence.

usage: tools/check_tidy.py BUILD_FOLDER   (a configured clang build: its compile_commands.json)
"Changed" is against CI_BASE, else the merge base with origin/main or main, else (on main itself)
the commit ten back. exit codes: 0 fine; 1 findings; 2 no compile_commands.json.
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TIDY = "clang-tidy-19"
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
CACHE = CACHE / "muster" / "tidy"
MINUTES = float(os.environ.get("TIDY_MINUTES", "10"))


def git(*words):
    """What git says, as lines; none if it refuses."""
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.split("\n")[:-1] if done.returncode == 0 else []


def base():
    if os.environ.get("CI_BASE"):
        return os.environ["CI_BASE"]
    head = git("rev-parse", "HEAD")
    for branch in ("origin/main", "main"):
        found = git("merge-base", "HEAD", branch)
        if found and found != head:
            return found[0]
    return (git("rev-parse", "-q", "--verify", "HEAD~10") or
            git("rev-list", "--max-parents=0", "HEAD"))[-1]


def changed_files(since, commands):
    """Those of the build that differ from `since`, in the order in which to look at them."""
    names = git("diff", "--name-only", "--diff-filter=d", since, "--", "*.cpp")
    names += git("ls-files", "-o", "--exclude-standard", "--", "*.cpp")

    def order(name):
        committed = git("log", "-1", "--format=%ct", "--", name)
        late = name.endswith(("_test.cpp", "_bench.cpp"))
        return late, -int(committed[0]) if committed else -sys.maxsize
    return sorted({name for name in names if str(ROOT / name) in commands}, key=order)


def key_of(command):
    """Names all that decides what clang-tidy says of a file; None if it does not compile."""
    words = shlex.split(command["command"])
    output = words.index("-o")
    del words[output:output + 2]
    words.remove("-c")
    # Comments too: some of them are for clang-tidy.
    seen = subprocess.run(words + ["-E", "-C", "-P", "-w"], cwd=command["directory"],
                          capture_output=True, check=False)
    if seen.returncode != 0:
        return None
    version = subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout
    digest = hashlib.sha256(version)
    for text in (" ".join(words).replace(str(ROOT), ".").encode(), seen.stdout,
                 (ROOT / ".clang-tidy").read_bytes()):
        digest.update(hashlib.sha256(text).digest())
    return digest.hexdigest()


def look_at(name, command, build, deadline):
    """Gives (outcome, what clang-tidy said)."""
    if time.monotonic() > deadline:
        return "late", ""
    key = key_of(command)
    if key and (CACHE / key).exists():
        os.utime(CACHE / key)
        return "known", ""
    done = subprocess.run([TIDY, "-p", build, "--quiet", name], cwd=ROOT, capture_output=True,
                          text=True, errors="replace", check=False)
    if done.returncode != 0:
        return "bad", done.stdout or done.stderr
    if key:
        (CACHE / key).touch()
    return "clean", done.stdout


def forget_old():
    """A key that nobody needed for a month is of a text that is no more."""
    for key in CACHE.iterdir():
        if time.time() - key.stat().st_mtime > 30 * 24 * 3600:
            key.unlink(missing_ok=True)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    build = (ROOT / sys.argv[1]).resolve()
    listing = build / "compile_commands.json"
    if not listing.is_file():
        print(f"check_tidy: {build}: no compile_commands.json: run `cmake --preset clang`",
              file=sys.stderr)
        return 2
    commands = {entry["file"]: entry for entry in json.loads(listing.read_text())}
    since = base()
    files = changed_files(since, commands)
    if not files:
        print(f"tidy: nothing changed since {since[:12]}")
        return 0
    CACHE.mkdir(parents=True, exist_ok=True)
    forget_old()
    deadline = time.monotonic() + MINUTES * 60
    found = {"late": [], "known": [], "clean": [], "bad": []}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        looks = [pool.submit(look_at, name, commands[str(ROOT / name)], build, deadline)
                 for name in files]
        for name, look in zip(files, looks):
            outcome, said = look.result()
            found[outcome].append(name)
            print(said, end="", flush=True)
    clean = len(found["known"]) + len(found["clean"])
    print(f"tidy: {clean} of {len(files)} changed files are clean "
          f"({len(found['known'])} of them known from before)")
    if found["late"]:
        print(f"tidy: no time (TIDY_MINUTES={MINUTES:g}) for: {' '.join(found['late'])}")
    return 1 if found["bad"] else 0


if __name__ == "__main__":
    sys.exit(main())
