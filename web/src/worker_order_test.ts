// What is wrong comes first, what is unknown last whichever way, and a search finds what it should.
import assert from "node:assert/strict";
import { test } from "node:test";

import type { Worker } from "./fleet_types";
import type { Picture } from "./picture";
import { fleet, NO_LOAD, picture, worker } from "./test_fleet";
import { choose, Order, sortRows } from "./worker_order";

function sorted(workers: Worker[], key: Order["key"], turned = false): string[] {
    const of = picture(fleet(workers));
    return sortRows(of.store.rows, { key, turned }, of).map((row) => row.worker.id);
}

test("the worst first: states, flags, then queue and cache in coarse steps", () => {
    const load = { ...NO_LOAD, waiting: 0, kv_usage: 0.1 };
    assert.deepEqual(sorted([
        worker("a", { load }), worker("b", { load: { ...load, waiting: 40 } }),
        worker("c", { state: "late" }), worker("d", { state: "stale" }),
        worker("e", { flags: ["duplicate"] }), worker("f", { state: "unknown" }),
        worker("g", { load: { ...load, kv_usage: 0.13 } }), worker("h", { flags: ["cordoned"] }),
    ], "worst"), ["d", "e", "f", "c", "h", "b", "a", "g"]);
});

test("unknown is last, forwards and backwards", () => {
    const workers = [
        worker("a"), worker("b", { load: { ...NO_LOAD, kv_usage: 0 } }),
        worker("c", { load: { ...NO_LOAD, kv_usage: 0.9 } }),
    ];
    assert.deepEqual(sorted(workers, "kv"), ["c", "b", "a"]);
    assert.deepEqual(sorted(workers, "kv", true), ["b", "c", "a"]);
});

test("names go forwards first", () => {
    assert.deepEqual(sorted([worker("a"), worker("b")], "id"), ["a", "b"]);
    assert.deepEqual(sorted([worker("a"), worker("b")], "id", true), ["b", "a"]);
});

function found(of: Picture, query: string, state = ""): string[] {
    return choose(of.store.rows, { query, state }, of).map((row) => row.worker.id);
}

test("every word must stand somewhere, and !word nowhere", () => {
    const of = picture(fleet([
        worker("lab/7", { models: ["Llama-3"], labels: { zone: "a" } }),
        worker("lab/8", { flags: ["frozen"], state: "stale" }),
    ]));
    assert.deepEqual(found(of, ""), ["lab/7", "lab/8"]);
    assert.deepEqual(found(of, "llama ZONE=a"), ["lab/7"]);
    assert.deepEqual(found(of, "lab !frozen"), ["lab/7"]);
    assert.deepEqual(found(of, "stale"), ["lab/8"]);
    assert.deepEqual(found(of, "", "fresh"), ["lab/7"]);
    assert.deepEqual(found(of, "", "flagged"), ["lab/8"]);
    assert.deepEqual(found(of, "7", "flagged"), []);
});
