// The store follows the stream: after every change it is what GET would say; bad luck is noticed.
import assert from "node:assert/strict";
import { test } from "node:test";

import { compareIds, FleetStore, HAPPENINGS_MAX } from "./fleet_store";
import type { ChangeDocument, FleetDocument } from "./fleet_types";
import { change, fleet, lost, worker } from "./test_fleet";

function store(document: FleetDocument, ...changes: ChangeDocument[]): FleetStore {
    const made = new FleetStore();
    made.applyFleet(document, 0);
    changes.forEach((one, i) => made.applyChange(one, i + 1));
    return made;
}
const ids = (of: FleetStore): string[] => of.rows.map((row) => row.worker.id);

test("workers leave, come and are replaced, in the order of ids", () => {
    const now = store(fleet([worker("c/1"), worker("c/3")]), change({
        workers: [worker("c/2"), worker("c/3", { generation: 2 })],
        left: [{ id: "c/1", cause: "silent", reason: "silent for 10 s" }],
        lost: [lost("c/1")],
    }));
    assert.deepEqual(ids(now), ["c/2", "c/3"]);
    assert.equal(now.find("c/3")?.worker.generation, 2);
    assert.equal(now.find("c/1"), undefined);
    assert.deepEqual(now.lost.map((entry) => entry.id), ["c/1"]);
});

test("lost entries are replaced, ended and appended", () => {
    const now = store(fleet([], [lost("c/1"), lost("c/2"), lost("c/3")]), change({
        lost_ended: ["c/1"], lost: [lost("c/2", "again")],
    }));
    assert.deepEqual(now.lost.map((entry) => `${entry.id} ${entry.reason}`),
                     ["c/3 silent for 10 s", "c/2 again"]);
});

test("a member that is absent stays, one that is null is gone", () => {
    const expected = [{
        component: "c", workers: 2, present: 1, missing: 1, since: null, why: null,
        missing_ids: [],
    }];
    const now = store({ ...fleet([]), expected }, change({ version: 2 }));
    assert.deepEqual(now.head?.expected, expected);
    now.applyChange(change({ expected: null }), 3);
    assert.equal(now.head?.expected, null);
});

test("ages count on from where they were told", () => {
    const now = store(fleet([worker("c/1", { age_ms: 100 }), worker("c/2", { age_ms: null })]));
    const ages = { epoch: "e", version: 1, time: "t", age_ms: [250, null],
                   alive_age_ms: [5, 6], missed: [0, 3] };
    assert.equal(now.applyAges(ages, 1000), true);
    assert.equal(now.rows[0]?.ageMs, 250);
    assert.equal(now.rows[0]?.at, 1000);
    assert.equal(now.rows[1]?.ageMs, null);
    assert.equal(now.rows[1]?.missed, 3);
});

test("ages of other workers than ours are not taken", () => {
    const now = store(fleet([worker("c/1", { age_ms: 100 })]));
    const ages = { epoch: "e", version: 9, time: "t", age_ms: [1, 2],
                   alive_age_ms: [1, 2], missed: [0, 0] };
    assert.equal(now.applyAges(ages, 1000), false);
    assert.equal(now.rows[0]?.ageMs, 100);
});

test("what happened while we looked on is kept, and bounded", () => {
    const now = store(fleet([worker("c/1")]), change({
        workers: [worker("c/1", { state: "stale", flags: ["frozen"] })],
    }));
    assert.deepEqual(now.happenings.map((entry) => entry.words), ["fresh → stale", "flag frozen"]);
    for (let i = 0; i < HAPPENINGS_MAX; ++i) {
        now.applyChange(change({
            workers: [worker("c/1", { state: i % 2 === 0 ? "fresh" : "late" })],
        }), i);
    }
    assert.equal(now.happenings.length, HAPPENINGS_MAX);
});

test("after an absence the whole tells who went meanwhile", () => {
    const now = store(fleet([worker("c/1"), worker("c/2")]));
    now.applyFleet(fleet([worker("c/2"), worker("c/3")], [lost("c/1")]), 5);
    assert.deepEqual(ids(now), ["c/2", "c/3"]);
    assert.deepEqual(now.happenings.map((entry) => `${entry.id} ${entry.words}`),
                     ["c/3 appeared", "c/1 lost: silent for 10 s"]);
});

test("ids are in the order of their bytes", () => {
    const sorted = ["a", "a/1", "a/10", "a/2", "b", "\uffee", "\u{1f600}"];
    assert.deepEqual(sorted.slice().reverse().sort(compareIds), sorted);
});
