#!/usr/bin/env python3
"""Makes docs/images/top.svg: what `muster top` really shows, on a real terminal.

usage: tools/picture_of_top.py [MUSTER] [--out FILE]      (default: build/muster)

Starts a nats-server, two components of simulated workers with faults, and `muster top` in a tmux
of its own; after a minute, when there is a history and somebody has been lost, it takes the screen
with its colours and draws it. All of it ends with the script. Needs nats-server and tmux.
exit codes: 0 drawn; 1 the screen never showed what it should; 3 something is missing
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from xml.sax.saxutils import escape

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
from processes import end, find, start, start_broker  # noqa: E402

COLUMNS, ROWS = 120, 28
CELL_W, CELL_H, PAD = 8.0, 17.0, 12.0
BACKGROUND, FOREGROUND = "#11151a", "#d5dae0"
COLORS = {"31": "#ff6b6b", "32": "#6fd08c", "33": "#e5c062"}
NAMES = {"#ff6b6b": "r", "#6fd08c": "g", "#e5c062": "y"}
# Wait for these before the picture is taken.
WANTED = ["1 stale", "1 late", " lost "]
DEADLINE_S, LEAST_S = 120, 75

# Block characters are drawn as boxes, so that they join whatever font the reader has:
# (x, y, width, height) in parts of a cell.
BLOCKS = {chr(0x2588): (0, 0, 1, 1), chr(0xb7): (0.4, 0.45, 0.2, 0.1)}
for eighth in range(1, 8):
    BLOCKS[chr(0x2590 - eighth)] = (0, 0, eighth / 8, 1)
    BLOCKS[chr(0x2580 + eighth)] = (0, 1 - eighth / 8, 1, eighth / 8)


def program(name):
    found = find(name)
    if found is None:
        print(f"picture_of_top: no {name}: install it (tools/install_deps.sh test)",
              file=sys.stderr)
        sys.exit(3)
    return found


class Stage:
    """Everything that runs for the picture."""

    def __init__(self, muster, folder):
        self.folder = folder
        program("nats-server")
        broker, nats = start_broker(folder)
        self.children = [broker]
        # Answers only: pushes would keep a mute worker known.
        common = [muster, "sim", "dynamo", "--nats", nats, "--quiet", "--no-push"]
        self.start(common + ["--component", "dynamo/backend", "--workers", "16", "--seed", "7",
                             "--fault", "mute@5:20s+300s", "--fault", "slow=1000@11:40s+300s",
                             "--fault", "mute@2:75s+300s"])
        self.start(common + ["--component", "dynamo/prefill", "--workers", "4", "--seed", "3"])
        self.tmux = [program("tmux"), "-f", "/dev/null", "-S", os.path.join(folder, "socket")]
        subprocess.run(self.tmux + ["new-session", "-d", "-x", str(COLUMNS), "-y", str(ROWS), "env",
                                    "-u", "NO_COLOR", "LC_ALL=C.UTF-8", muster, "top", "--nats",
                                    nats], check=True)

    def start(self, command):
        self.children.append(start(f"child{len(self.children)}", command, self.folder))

    def screen(self, *options):
        return subprocess.run(self.tmux + ["capture-pane", "-p", *options], check=True,
                              capture_output=True, text=True).stdout

    def close(self):
        subprocess.run(self.tmux + ["kill-server"], check=False, capture_output=True)
        for child in reversed(self.children):
            end(child, patience=5)


def cells_of(line):
    """(character, color, bold, dim, reverse) of each column."""
    color, bold, dim, reverse = None, False, False, False
    for escape_codes, character in re.findall(r"\x1b\[([0-9;]*)m|([^\x1b])", line):
        if character:
            yield character, color, bold, dim, reverse
            continue
        for code in (escape_codes or "0").split(";"):
            if code in ("0", ""):
                color, bold, dim, reverse = None, False, False, False
            elif code == "1":
                bold = True
            elif code == "2":
                dim = True
            elif code == "7":
                reverse = True
            elif code in COLORS:
                color = COLORS[code]
            elif code == "39":
                color = None


def class_of(color, bold, dim):
    names = [NAMES[color]] if color else []
    return " ".join(names + ["s"] * bold + ["d"] * dim)


def boxes_path(boxes):
    """Neighbours of one height become one box."""
    joined = []
    for x, y, width, height in boxes:
        last = joined[-1] if joined else None
        if last and last[1] == y and last[3] == height and abs(last[0] + last[2] - x) < 1e-6:
            last[2] += width
        else:
            joined.append([x, y, width, height])
    return "".join(f"M{x:g} {y:g}h{w:g}v{h:g}h{-w:g}z" for x, y, w, h in joined)


def svg_of_line(line, row):
    """Words with a place of their own and boxes, each kind in its class."""
    parts, top = [], PAD + row * CELL_H
    words, boxes = [], []

    def end_boxes():
        if boxes:
            parts.append(f'<path class="{boxes[0][0]}" d="{boxes_path(b for _, b in boxes)}"/>')
            boxes.clear()

    for column, (character, color, bold, dim, _) in enumerate(cells_of(line)):
        style = class_of(color, bold, dim)
        left = PAD + column * CELL_W
        if character in BLOCKS:
            if boxes and boxes[0][0] != style:
                end_boxes()
            x, y, width, height = BLOCKS[character]
            tall = CELL_H - 3
            boxes.append((style, (left + x * CELL_W, round(top + 1.5 + y * tall, 2),
                                  width * CELL_W, round(height * tall, 2))))
            continue
        end_boxes()
        if character == " ":
            continue
        if words and words[-1][0] == style and words[-1][1] + len(words[-1][2]) == column:
            words[-1] = (style, words[-1][1], words[-1][2] + character)
        else:
            words.append((style, column, character))
    end_boxes()
    for style, column, text in words:
        parts.append(f'<text x="{PAD + column * CELL_W:g}" y="{top + CELL_H * 0.76:g}" '
                     f'textLength="{len(text) * CELL_W:g}" class="{style}">{escape(text)}</text>')
    return parts


def svg_of(screen):
    lines = screen.split("\n")[:ROWS]
    width, height = COLUMNS * CELL_W + 2 * PAD, ROWS * CELL_H + 2 * PAD
    colors = "".join(f".{name}{{fill:{color}}}" for color, name in NAMES.items())
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}">',
        "<title>muster top</title>",
        f"<style>text,path{{fill:{FOREGROUND}}}text{{font:13.3px 'DejaVu Sans Mono',Menlo,Consolas,"
        f"monospace}}{colors}.s{{font-weight:bold}}.d{{opacity:.55}}</style>",
        f'<rect width="{width:g}" height="{height:g}" rx="6" fill="{BACKGROUND}"/>',
    ]
    for row, line in enumerate(lines):
        parts += svg_of_line(line, row)
    return "\n".join(parts + ["</svg>", ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("muster", nargs="?", default=os.path.join(ROOT, "build/muster"))
    parser.add_argument("--out", default=os.path.join(ROOT, "docs/images/top.svg"))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(os.path.abspath(arguments.muster), folder)
        try:
            begun = time.monotonic()
            while time.monotonic() < begun + DEADLINE_S:
                shown = stage.screen()
                ready = all(re.search(words, shown) for words in WANTED)
                if ready and time.monotonic() > begun + LEAST_S:
                    break
                time.sleep(0.1)
            else:
                print(f"picture_of_top: not what was expected:\n{stage.screen()}", file=sys.stderr)
                return 1
            colored = stage.screen("-e")
        finally:
            stage.close()
    with open(arguments.out, "w", encoding="utf-8") as file:
        file.write(svg_of(colored))
    print(f"{arguments.out}: {os.path.getsize(arguments.out)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
