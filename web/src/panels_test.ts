// A source's counters say how old they are; those that nobody keeps say nothing.
import assert from "node:assert/strict";
import { test } from "node:test";

import { counterWords } from "./panels";
import { fleet } from "./test_fleet";

const [source] = fleet([]).sources;

test("counters are told with their age", () => {
    assert.equal(counterWords({ ...source!, asked: 12_000, answered: 11_999, pushes: 1 }, 450),
                 "asked 12,000 · answered 11,999 · 1 push; counted 0.5s ago");
});

test("of those that are nothing only the questions are told", () => {
    const quiet = { ...source!, asked: 0, answered: 0, dropped: 0, rejected: { too_large: 0 } };
    assert.equal(counterWords(quiet, 61_000), "asked 0 · answered 0; counted 1m 01s ago");
    const troubled = { ...source!, dropped: 3, rejected: { not_json: 2, too_large: 0 } };
    assert.equal(counterWords(troubled, 0), "3 dropped · 2 not json; counted 0.0s ago");
});

test("the past keeps no counters", () => {
    assert.equal(counterWords(source!, 5000), "");
});
