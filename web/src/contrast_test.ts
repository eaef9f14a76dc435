// Text is given a colour that can be read on its ground, whatever the ground.
import assert from "node:assert/strict";
import { test } from "node:test";

import { CONTRAST_MIN, contrastOf, inkOn, mix } from "./contrast";

test("contrast is counted as WCAG does", () => {
    assert.equal(contrastOf("#000", "#ffffff"), 21);
    assert.equal(contrastOf("#777777", "#777"), 1);
    assert.equal(contrastOf("#ffffff", "#777777").toFixed(2), "4.48");
});

test("a faded colour lies between its ground and itself", () => {
    assert.equal(mix("#ffffff", "#000000", 0), "#ffffff");
    assert.equal(mix("#fff", "#000", 1), "#000000");
    assert.equal(mix("#0a0000", "#14ff00", 0.5), "#0f8000");
});

test("the wished colour is kept where it can be read", () => {
    assert.equal(inkOn("#ffffff", "#18222a"), "#18222a");
    assert.equal(inkOn("#0a4a51", "#18222a"), "#ffffff");
    assert.equal(inkOn("#38a0a8", "#d9e0e7"), "#000000");
});

test("on every grey and every colour between there is one that can be read", () => {
    for (let r = 0; r < 256; r += 15) {
        for (let g = 0; g < 256; g += 15) {
            for (let b = 0; b < 256; b += 15) {
                const ground = mix(`#${((r << 16) | (g << 8) | b).toString(16).padStart(6, "0")}`,
                                   "#000000", 0);
                assert(contrastOf(inkOn(ground, "#808080"), ground) >= CONTRAST_MIN, ground);
            }
        }
    }
});
