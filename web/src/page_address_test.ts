// A link shows a colleague the same; one that is broken shows the page.
import assert from "node:assert/strict";
import { test } from "node:test";

import { readLook, writeLook } from "./page_address";

test("what is written is read again", () => {
    const hash = "#q=zone%3Da+%21x&state=stale&sort=kv&turned=1&field=queue&worker=a%2Fb" +
        "&at=2026-11-23T03%3A12%3A00.000Z";
    assert.equal(writeLook(readLook(hash)), hash);
});

test("nothing special is no hash, and nonsense is nothing special", () => {
    assert.equal(writeLook(readLook("")), "");
    assert.equal(writeLook(readLook("#sort=beauty&state=odd&field=x")), "");
});
