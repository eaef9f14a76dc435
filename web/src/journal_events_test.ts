// Events are as grave as they are, and moments are what a person means.
import assert from "node:assert/strict";
import { test } from "node:test";

import {
    eventsUntil, eventWords, gravityOf, justAfter, neighbour, parseMoment,
} from "./journal_events";
import type { JournalEvent } from "./fleet_types";

function event(time: string, kind = "worker_lost", detail = "silent for 10 s"): JournalEvent {
    return { time: `2026-11-23T03:${time}.000Z`, event: kind, subject: "c/7", detail };
}
const EVENTS = [event("10:00"), event("11:00"), event("12:00")];
const at = (text: string): number => Date.parse(`2026-11-23T03:${text}.000Z`);

test("what a state became says how grave it is", () => {
    const became = (detail: string): string => gravityOf(event("00:00", "worker_state", detail));
    assert.equal(became("late -> stale"), "bad");
    assert.equal(became("fresh to late"), "warning");
    assert.equal(became("stale -> fresh"), "dim");
    const sum = (detail: string): string => gravityOf(event("00:00", "workers_state", detail));
    assert.equal(sum("9 more within 10 s: fresh -> late 7, late -> stale 2; now 8 fresh"), "bad");
    assert.equal(sum("9 more within 10 s: fresh -> late 9; now 9 late, 1 stale"), "warning");
    assert.equal(gravityOf(event("00:00")), "bad");
    assert.equal(gravityOf(event("00:00", "a_kind_of_tomorrow")), "dim");
});

test("an event in words", () => {
    assert.equal(eventWords(event("00:00")), "worker lost c/7: silent for 10 s");
});

test("one goes from event to event", () => {
    assert.equal(neighbour(EVENTS, at("11:00"), 1)?.time, EVENTS[2]?.time);
    assert.equal(neighbour(EVENTS, at("11:00"), -1)?.time, EVENTS[0]?.time);
    assert.equal(neighbour(EVENTS, at("12:00"), 1), null);
    assert.equal(neighbour([], at("12:00"), -1), null);
});

test("an event is looked at when it has happened, and never in the future", () => {
    const [first] = EVENTS as [JournalEvent];
    assert.equal(justAfter(first, at("20:00")), at("10:00") + 1100);
    assert.equal(justAfter(first, at("20:00") + 3_600_000), at("10:00") + 6000);
    assert.equal(justAfter(first, at("10:00") + 300), at("10:00") + 300);
});

test("the last events up to a moment, newest first", () => {
    assert.deepEqual(eventsUntil(EVENTS, at("11:30"), 5).map((e) => e.time),
                     [EVENTS[1]?.time, EVENTS[0]?.time]);
    assert.equal(eventsUntil(EVENTS, at("12:30"), 1).length, 1);
});

test("03:12 is the last such moment", () => {
    const now = new Date(2026, 10, 23, 10, 15, 0).getTime();
    const local = (day: number, h: number, m: number, s = 0): number =>
        new Date(2026, 10, day, h, m, s).getTime();
    assert.equal(parseMoment("03:12", now), local(23, 3, 12));
    assert.equal(parseMoment(" 3:12:30 ", now), local(23, 3, 12, 30));
    assert.equal(parseMoment("10:16", now), local(22, 10, 16));
    assert.equal(parseMoment("2026-11-23T03:12:00Z", now), Date.UTC(2026, 10, 23, 3, 12));
    for (const wrong of ["", "24:00", "3", "03:60", "yesterday"]) {
        assert.equal(parseMoment(wrong, now), null, wrong);
    }
});
