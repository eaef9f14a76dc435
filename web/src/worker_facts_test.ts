// What a worker's details say of its counters.
import assert from "node:assert/strict";
import { test } from "node:test";

import { fleet, picture, worker } from "./test_fleet";
import { activityFactsOf, factsOf } from "./worker_facts";

test("what is not told is a dash, and bursts are told where there were some", () => {
    const quiet = {
        requests_per_s: 2.5, prompt_tokens_per_s: null, generated_tokens_per_s: 120,
        unseen_bursts: 0, last_unseen_burst: null,
    };
    assert.deepEqual(activityFactsOf(quiet, null), [
        { name: "requests done", value: "2.5/s" },
        { name: "tokens in, out", value: "\u2013, 120/s" },
    ]);
    const busy = {
        ...quiet, unseen_bursts: 3, last_unseen_burst: "2026-11-23T10:15:00.000Z",
    };
    assert.equal(activityFactsOf(busy, "2026-11-23T10:15:02.000Z")[2]?.value,
        "3 times between two answers, last 2.0s ago");
    assert.equal(activityFactsOf({ ...busy, last_unseen_burst: null }, null)[2]?.value,
        "3 times between two answers");
});

test("how often it is asked is no age: it is not rounded up to tenths", () => {
    const shown = picture(fleet([worker("a/1", { interval_ms: 1000 }), worker("a/2")]));
    const asked = shown.store.rows.map((row) =>
        factsOf(shown, row).find((fact) => fact.name === "asked every")?.value);
    assert.deepEqual(asked, ["1.0s, patience 300 ms", "250 ms, patience 300 ms"]);
});
