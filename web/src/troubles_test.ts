// Troubles are told in words, worst first; a fleet that is well has none.
import assert from "node:assert/strict";
import { test } from "node:test";

import { fleet, lost, picture, worker } from "./test_fleet";
import { troublesOf, workersWords } from "./troubles";

const words = (of: Parameters<typeof troublesOf>[0]): string[] =>
    troublesOf(of).map((trouble) => trouble.words);

test("a fleet that is well has no troubles", () => {
    assert.deepEqual(words(picture(fleet([worker("c/1")]))), []);
});

test("a source that is away comes first, with since when and why", () => {
    const away = fleet([worker("c/1", { state: "stale", age_ms: 12_100 })]);
    away.sources[0] = {
        ...away.sources[0]!, state: "disconnected", since: "2026-11-23T10:14:50.000Z",
        reason: "connection refused",
    };
    assert.deepEqual(words(picture(away)), [
        "nats-1 disconnected for 12s: connection refused (nats://b:4222)",
        "1 of 1 stale, the oldest 13s: c/1",
    ]);
});

test("what is missing says how many, since when, why, and who", () => {
    const expected = {
        component: "c", workers: 64, present: 61, missing: 3, since: "2026-11-23T10:12:40.000Z",
        why: "silent for 10 s", missing_ids: ["c/7", "c/8"],
    };
    assert.deepEqual(words(picture({ ...fleet([]), expected: [expected] })), [
        "3 of 64 of c missing for 2m 22s: silent for 10 s (c/7, …)",
    ]);
    assert.deepEqual(
        words(picture({ ...fleet([]), expected: [{ ...expected, missing: null, why: null }] })),
        ["not known yet whether all 64 of c are there"]);
});

test("a worker that tells no load says why and what to do", () => {
    const trouble = { kind: "refused", since: null, what: "connection refused: is it started?" };
    assert.deepEqual(
        words(picture(fleet([worker("c/1", { state: "unknown", age_ms: null, trouble })]))),
        ["1 of 1 without any load yet: c/1: connection refused: is it started?"]);
});

test("a worker that is another engine now has a load, and is told nevertheless", () => {
    const trouble = {
        kind: "other_engine", since: "2026-11-23T10:14:52.000Z",
        what: "another engine: http://a: SGLang answers where vLLM did",
    };
    const some = [worker("c/1"), worker("c/2", { trouble }), worker("c/3", { trouble })];
    const told = troublesOf(picture(fleet(some)));
    assert.deepEqual(told.map(({ words: text, tone, worker: id }) => [text, tone, id]), [
        ["2 other_engine for 10s: c/2: another engine: http://a: SGLang answers where vLLM did",
         "warning", "c/2"],
    ]);
});

test("flags are told with the words of whoever cordoned", () => {
    const flagged = worker("c/1", {
        flags: ["cordoned", "frozen"], flags_since: { frozen: "2026-11-23T10:14:52.000Z" },
        cordon: { why: "new driver", by: "ann", since: null },
    });
    assert.deepEqual(words(picture(fleet([flagged]))), [
        "1 frozen for 10s: c/1: busy, and its numbers do not move",
        "1 cordoned: c/1: new driver",
    ]);
});

test("mass silence is a trouble though its source is connected", () => {
    const silent = fleet([]);
    silent.sources[0] = {
        ...silent.sources[0]!,
        mass_silences: [{ component: "c", silent: 38, total: 64, since: null }],
    };
    assert.deepEqual(words(picture(silent)), ["38 of 64 of c silent (nats-1)"]);
});

test("the lost are counted, the last one is named", () => {
    assert.deepEqual(words(picture(fleet([], [lost("c/1"), lost("c/2")]))), [
        "2 lost, the last 10s ago: c/2: silent for 10 s",
    ]);
});

test("a page that is cut off judges by the ages, never better than what was said", () => {
    const some = fleet([worker("c/1"), worker("c/2", { state: "stale" }),
                        worker("c/3", { state: "unknown", age_ms: null })]);
    assert.equal(workersWords(picture(some, "live", 900)),
                 "3 workers: 1 fresh, 1 stale, 1 unknown");
    assert.equal(workersWords(picture(some, "cut", 900)), "3 workers: 1 late, 1 stale, 1 unknown");
    assert.equal(workersWords(picture(some, "cut", 2500)), "3 workers: 2 stale, 1 unknown");
});
