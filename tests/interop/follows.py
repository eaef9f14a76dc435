"""Whether muster's view follows the load of an engine: its rows beside the engine's own words.

A row tells how old it is, so the moment of which it speaks is known; the engine's own numbers
around that moment, as the witness read them, must contain it.
"""
import time

from stage import Witness, wait_for

FIELDS = ("running", "waiting", "kv_active_blocks")
# Around the moment: the engine works on while an answer is under way, and all read one after the
# other on a busy machine.
BEFORE, AFTER = 0.2, 0.3
SAME_ANSWER = 0.1  # Half the shortest interval between two questions.
WRONG_AT_MOST = 0.1  # Between two requests of a client a slot is free for a moment.


class Samples:
    """Rows of one worker while its load changes, judged at the end."""

    def __init__(self, muster, name, read_own):
        self.muster, self.name = muster, name
        self.witness = Witness(read_own)
        self.rows = []  # (moment, load)

    def take(self):
        before = time.monotonic()
        row = self.muster.worker(self.name)
        if row and row["state"] == "fresh" and row["age_ms"] is not None:
            moment = before - row["age_ms"] / 1000
            # Each answer of the engine counts once, however often its row was read.
            if not self.rows or moment > self.rows[-1][0] + SAME_ANSWER:
                self.rows.append((moment, row["load"]))
        return row

    def take_enough(self, count=8):
        """So many rows more that can be judged; a busy machine takes longer over them."""
        enough = self.judged("running")[1] + count

        def look():
            self.take()
            return self.judged("running")[1] >= enough
        wait_for("rows that can be judged", look, pause=0.05)

    def take_until(self, what, running, waiting):
        """Until the view shows just this; gives the seconds that took."""
        begun = time.monotonic()

        def look():
            row = self.take()
            return row and (row["load"]["running"], row["load"]["waiting"]) == (running, waiting)
        wait_for(f"{what}: running {running}, waiting {waiting}", look)
        return time.monotonic() - begun

    def judged(self, field):
        """How many samples lie within the engine's own numbers, and of how many."""
        within = of = 0
        for moment, load in self.rows:
            bounds = self.witness.between(moment - BEFORE, moment + AFTER, field)
            if bounds is None or load[field] is None:
                continue
            of += 1
            within += bounds[0] <= load[field] <= bounds[1]
        return within, of

    def values(self, field):
        return {load[field] for _, load in self.rows}


def assert_followed(test, samples):
    """Fails if the view did not follow; gives the words for the report."""
    samples.witness.stop()
    words = []
    for field in FIELDS:
        within, of = samples.judged(field)
        test.assertGreaterEqual(within, of * (1 - WRONG_AT_MOST),
                                f"{field}: only {within} of {of} rows agree with the engine")
        words.append(f"{field} {within} of {of}")
    test.assertGreater(len(samples.values("kv_active_blocks")), 5, "KV use did not move")
    return ", ".join(words)
