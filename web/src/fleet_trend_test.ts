// A sample a second, bounded; what came before the page is put before it.
import assert from "node:assert/strict";
import { test } from "node:test";

import { FleetTrend, TREND_SAMPLES } from "./fleet_trend";
import { fleet } from "./test_fleet";

const START = Date.parse("2026-11-23T10:15:00.000Z");
const head = (ms: number) => ({ ...fleet([]), time: new Date(START + ms).toISOString() });
const times = (trend: FleetTrend): number[] => trend.samples.map((one) => one.t - START);

test("one sample a second", () => {
    const trend = new FleetTrend();
    for (const ms of [0, 200, 960, 1100, 2000]) trend.take(head(ms));
    assert.deepEqual(times(trend), [0, 960, 2000]);
    assert.equal(trend.samples[0]?.running, null);
});

test("it is bounded", () => {
    const trend = new FleetTrend();
    for (let i = 0; i < TREND_SAMPLES + 50; ++i) trend.take(head(i * 1000));
    assert.equal(trend.samples.length, TREND_SAMPLES);
    assert.equal(trend.samples[0]?.t, START + 50_000);
});

test("a clock that was set back begins anew", () => {
    const trend = new FleetTrend();
    trend.take(head(60_000));
    trend.take(head(0));
    assert.deepEqual(times(trend), [0]);
});

test("what came before is put before, without overlap", () => {
    const [early, now] = [new FleetTrend(), new FleetTrend()];
    for (const ms of [0, 15_000, 30_000]) early.take(head(ms));
    now.take(head(20_000));
    now.prepend(early.samples);
    assert.deepEqual(times(now), [0, 15_000, 20_000]);
});
