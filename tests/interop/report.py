"""What the tests saw, in words, for docs/guide/interop.md."""
NOTES = []


def note(engine, words):
    NOTES.append((engine, words))


def print_notes():
    for engine, words in NOTES:
        print(f"  {engine}: {words}")
