// What changed is said once, whoever saw it.
import assert from "node:assert/strict";
import { test } from "node:test";

import { changesOf } from "./worker_changes";

const at = (second: number, ms = 0): string =>
    `2026-11-23T10:15:0${second}.${String(ms).padStart(3, "0")}Z`;
const told = (time: string, event: string, detail: string) =>
    ({ time, event, subject: "a/1", detail });
const seen = (time: string, words: string) => ({ time, id: "a/1", words });

test("what journal and page both saw is there once, in the journal's words", () => {
    const journal = [
        told(at(0), "worker_appeared", "nats:a.load-1"),
        told(at(1), "worker_state", "fresh -> late"),
        told(at(2), "flag_raised", "frozen: equal records though it works"),
        told(at(3), "worker_restarted", "generation 2"),
        told(at(4), "flag_cleared", "frozen"),
        told(at(5), "worker_lost", "silent for 10 s"),
    ];
    const page = [
        seen(at(0, 200), "appeared"), seen(at(1, 100), "fresh → late"),
        seen(at(2, 300), "flag frozen"), seen(at(3, 10), "new process (2)"),
        seen(at(4, 900), "no longer frozen"), seen(at(5, 200), "lost: silent for 10 s"),
    ];
    assert.deepEqual(changesOf(journal, page).map(({ words }) => words), [
        "appeared: nats:a.load-1", "fresh → late",
        "flag raised: frozen: equal records though it works", "restarted: generation 2",
        "flag cleared: frozen", "lost: silent for 10 s",
    ]);
});

test("what only one of them saw stays, in the order of time", () => {
    const journal = [told(at(1), "worker_state", "fresh -> late")];
    const page = [
        seen(at(1, 500), "fresh → late"), seen(at(2), "late → fresh"),
        // Again, soon after: of this the journal did not tell.
        seen(at(2, 500), "fresh → late"), seen(at(0), "flag duplicate"),
    ];
    assert.deepEqual(changesOf(journal, page), [
        { time: at(0), words: "flag duplicate" }, { time: at(1), words: "fresh → late" },
        { time: at(2), words: "late → fresh" }, { time: at(2, 500), words: "fresh → late" },
    ]);
});

test("long after or before it is another change", () => {
    const journal = [told(at(4), "worker_state", "fresh -> late")];
    for (const second of [1, 7]) {
        assert.equal(changesOf(journal, [seen(at(second), "fresh → late")]).length, 2);
    }
});
