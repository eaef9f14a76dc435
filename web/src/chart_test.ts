// Lines have gaps where nothing was known, and where samples are far apart.
import assert from "node:assert/strict";
import { test } from "node:test";

import { pieces } from "./chart";

test("unknown values and long pauses cut a line", () => {
    const times = [0, 1, 2, 3, 10, 11];
    assert.deepEqual(pieces([1, 2, null, 4, 5, 6], { times, gap: 2 }), [[0, 2], [3, 4], [4, 6]]);
    assert.deepEqual(pieces([], { times: [], gap: 2 }), []);
    assert.deepEqual(pieces([null], { times: [0], gap: 2 }), []);
});
