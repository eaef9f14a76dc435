// A trouble is told once, not with each number in it, and that it is over.
import assert from "node:assert/strict";
import { test } from "node:test";

import { ANNOUNCE_MS, Announcer } from "./announcer";
import type { Trouble } from "./troubles";

function trouble(key: string, words = key): Trouble {
    return { tone: "bad", key, words };
}

test("a trouble is told once, whatever its numbers do", () => {
    const announcer = new Announcer();
    assert.equal(announcer.hear([trouble("stale", "1 stale for 2s")], 0), "1 stale for 2s");
    for (const now of [200, ANNOUNCE_MS, 3 * ANNOUNCE_MS]) {
        assert.equal(announcer.hear([trouble("stale", `1 stale for ${now} ms`)], now), null);
    }
});

test("what begins soon after another waits its turn and is not forgotten", () => {
    const announcer = new Announcer();
    announcer.hear([trouble("stale")], 0);
    const both = [trouble("stale"), trouble("lost")];
    assert.equal(announcer.hear(both, ANNOUNCE_MS - 1), null);
    assert.equal(announcer.hear(both, ANNOUNCE_MS), "lost");
});

test("many at once are told by the worst two", () => {
    const many = ["a", "b", "c"].map((key) => trouble(key));
    const announcer = new Announcer();
    assert.equal(announcer.hear(many, 0), "a. b");
    assert.equal(announcer.hear(many, ANNOUNCE_MS), null);
});

test("that all is over is told once, and a trouble that comes back is news", () => {
    const announcer = new Announcer();
    assert.equal(announcer.hear([], 0), null);
    assert.equal(announcer.hear([trouble("late")], 1), "late");
    assert.equal(announcer.hear([], 1 + ANNOUNCE_MS), "All is well again.");
    assert.equal(announcer.hear([], 1 + 2 * ANNOUNCE_MS), null);
    assert.equal(announcer.hear([trouble("late")], 1 + 3 * ANNOUNCE_MS), "late");
});
