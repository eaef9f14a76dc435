// Words of a cell never lie upon one another: what has no room is said shorter, or not.
import assert from "node:assert/strict";
import { test } from "node:test";

import { fitting } from "./field_words";

const widthOf = (text: string): number => text.length * 6;

test("the fullest that fits is taken", () => {
    const choices = ["& duplicate", "&"];
    assert.equal(fitting(choices, 66, widthOf), "& duplicate");
    assert.equal(fitting(choices, 65, widthOf), "&");
    assert.equal(fitting(choices, 6, widthOf), "&");
});

test("where nothing fits nothing is said", () => {
    assert.equal(fitting(["queue 12", "q 12"], 23, widthOf), "");
    assert.equal(fitting([], 100, widthOf), "");
});
