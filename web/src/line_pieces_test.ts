// Lines have gaps where nothing was known, and where samples are far apart.
import assert from "node:assert/strict";
import { test } from "node:test";

import { pieces } from "./line_pieces";

test("unknown values and long pauses cut a line", () => {
    const times = [0, 1, 2, 3, 10, 11];
    const gaps = times.map(() => 2);
    assert.deepEqual(pieces([1, 2, null, 4, 5, 6], { times, gaps }), [[0, 2], [3, 4], [4, 6]]);
    assert.deepEqual(pieces([], { times: [], gaps: [] }), []);
    assert.deepEqual(pieces([null], { times: [0], gaps: [2] }), []);
});
