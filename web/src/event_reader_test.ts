// Events are the same however the network cuts their text.
import assert from "node:assert/strict";
import { test } from "node:test";

import { EventReader } from "./event_reader";

const TEXT =
    'event: fleet\nid: a-1\ndata: {"x":1}\n\n: a remark\n\nevent: ages\ndata: {"y":2}\n\n';

test("events come whole, remarks do not", () => {
    assert.deepEqual(new EventReader().feed(TEXT), [
        { name: "fleet", id: "a-1", data: '{"x":1}' },
        { name: "ages", id: null, data: '{"y":2}' },
    ]);
});

test("a piece may end anywhere", () => {
    const whole = new EventReader().feed(TEXT);
    for (let size = 1; size < TEXT.length; ++size) {
        const reader = new EventReader();
        const events = [];
        for (let at = 0; at < TEXT.length; at += size) {
            events.push(...reader.feed(TEXT.slice(at, at + size)));
        }
        assert.deepEqual(events, whole, `pieces of ${size}`);
    }
});

test("an event that has not ended is not told", () => {
    assert.deepEqual(new EventReader().feed("event: fleet\ndata: {}\n"), []);
});

test("data of several lines is one text", () => {
    const [event] = new EventReader().feed("data: a\ndata: b\n\n");
    assert.equal(event?.data, "a\nb");
});
