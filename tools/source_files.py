"""The files that the checks look at, and C++ text without comments and strings.

Used by check_layers.py and check_style.py. Nothing here asks git, so that a test can plant a
breach in a plain copy of the tree and run the same checks on it.
"""
import os

SKIPPED = {".git", "build", "__pycache__", ".cache", "node_modules", "corpus", "golden"}
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def walk(root):
    """Paths of all files under root, relative to it, with '/', in a stable order."""
    found = []
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = sorted(s for s in subfolders if s not in SKIPPED)
        relative = os.path.relpath(folder, root)
        for name in sorted(names):
            path = name if relative == "." else f"{relative}/{name}"
            found.append(path.replace(os.sep, "/"))
    return found


def read(root, path):
    """The text of a file, or None where it is not text."""
    try:
        with open(os.path.join(root, path), encoding="utf-8", newline="") as file:
            return file.read()
    except (UnicodeDecodeError, FileNotFoundError):
        return None


def is_cpp(path):
    return path.endswith((".cpp", ".hpp"))


def is_test(path):
    return path.startswith(("tests/", "bench/", "fuzz/")) or path.endswith(
        ("_test.cpp", "_bench.cpp"))


def raw_string_end(text, start):
    """Where a raw string that starts at the quote ends, or None if it is not one."""
    opened = text.find("(", start)
    if opened < 0 or opened - start > 17:
        return None
    end = text.find(")" + text[start + 1:opened] + '"', opened)
    return None if end < 0 else end + (opened - start) + 1


def quoted_end(text, start):
    """The place behind the quote that closes the string or character at start."""
    i = start + 1
    while i < len(text) and text[i] != text[start] and text[i] != "\n":
        i += 2 if text[i] == "\\" else 1
    return i + 1


def blanked(piece):
    return "".join("\n" if c == "\n" else " " for c in piece)


def code_only(text):
    """C++ text with comments and the inside of strings blanked; every line stays where it is."""
    out = []
    i = 0
    while i < len(text):
        two = text[i:i + 2]
        if two == "//":
            end = text.find("\n", i)
            end = len(text) if end < 0 else end
            out.append(blanked(text[i:end]))
        elif two == "/*":
            end = text.find("*/", i + 2)
            end = len(text) if end < 0 else end + 2
            out.append(blanked(text[i:end]))
        elif text[i] == '"' and i > 0 and text[i - 1] == "R" and raw_string_end(text, i):
            end = raw_string_end(text, i)
            out.append('"' + blanked(text[i + 1:end - 1]) + '"')
        elif text[i] == '"' or (text[i] == "'" and not (i > 0 and text[i - 1].isalnum())):
            end = quoted_end(text, i)
            out.append(text[i] + blanked(text[i + 1:end - 1]) + text[end - 1:end])
        else:
            end = i + 1
            out.append(text[i])
        i = end
    return "".join(out)


def line_of(text, position):
    return text.count("\n", 0, position) + 1
