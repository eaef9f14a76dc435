// What is not known is a dash, and nothing is shown younger than it is.
import assert from "node:assert/strict";
import { test } from "node:test";

import { ageText, between, countText, percentText, ratioText, shortId } from "./words";

test("ages have at most two units and are rounded up", () => {
    const cases: [number, string][] = [
        [0, "0.0s"], [41.7, "0.1s"], [900, "0.9s"], [901, "1.0s"], [9_900, "9.9s"],
        [9_901, "10s"], [59_000, "59s"], [59_001, "1m 00s"], [130_000, "2m 10s"],
        [3_600_000, "1h 00m"], [100 * 3_600_000, "4d 04h"], [-5, "0.0s"],
    ];
    for (const [ms, text] of cases) assert.equal(ageText(ms), text, String(ms));
});

test("unknown is never 0", () => {
    for (const text of [ageText(null), countText(null), percentText(null), ratioText(null, null)]) {
        assert.equal(text, "–");
    }
    assert.equal(ratioText(null, 256), "–/256");
    assert.equal(countText(NaN), "–");
    assert.equal(between(null, "2026-11-23T10:00:00Z"), null);
});

test("counts have their thousands apart", () => {
    assert.equal(countText(1234567), "1,234,567");
    assert.equal(countText(12.66), "12.7");
    assert.equal(countText(0), "0");
});

test("a long number in an id is cut to its end", () => {
    assert.equal(shortId("dynamo/backend/7587888657184927289", "dynamo/backend"), "…927289");
    assert.equal(shortId("dynamo/backend/7587888657184927289/3", "dynamo/backend"), "…927289/3");
    assert.equal(shortId("http/gpu-7:8000", "http"), "gpu-7:8000");
});
