// The field fills its width, keeps to its room where it can, and lays no cell over another.
import assert from "node:assert/strict";
import { test } from "node:test";

import { layOut } from "./field_layout";

test("few workers are cards, many are signs", () => {
    const form = (count: number): string => layOut([{ title: "c", count }], 1400, 380).form;
    assert.deepEqual([8, 100, 1000].map(form), ["card", "name", "sign"]);
});

for (const count of [1, 8, 100, 1000, 10_000]) {
    for (const width of [296, 1400, 2500]) {
        test(`${count} workers on ${width} pixels`, () => {
            const groups = [{ title: "a", count }, { title: "b", count: 3 }];
            const layout = layOut(groups, width, 380);
            assert.equal(layout.cells.length, count + 3);
            assert.equal(layout.titles.length, 2);
            const seen = new Set<string>();
            for (const { x, y } of layout.cells) {
                assert(x >= 0 && x + layout.width <= width + 0.01, `x ${x}`);
                assert(y + layout.height <= layout.total, `y ${y}`);
                seen.add(`${x.toFixed(2)} ${y.toFixed(2)}`);
            }
            assert.equal(seen.size, layout.cells.length);
        });
    }
}
