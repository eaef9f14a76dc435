// FleetTrend: what the fleet's numbers were in the last minutes: one sample a second, before the
// page was opened what the journal has.
//
// Bounded. `t` is a moment of the server's wall clock in milliseconds. null is unknown: a gap.
import type { FleetHead } from "./fleet_types";
import { timeOf } from "./words";

export const TREND_SAMPLES = 400;
const STEP_MS = 1000;

export interface TrendSample {
    t: number;
    /// The sample before it is not joined to it if it is much farther away than this.
    step: number;
    running: number | null;
    waiting: number | null;
    kvMean: number | null;
    kvMin: number | null;
    kvMax: number | null;
}

export function sampleOf(head: FleetHead, step: number): TrendSample | null {
    const t = timeOf(head.time);
    if (t === null) return null;
    const { running, waiting, kv_usage: kv } = head.stats;
    return {
        t, step, running: running.sum, waiting: waiting.sum,
        kvMean: kv.avg, kvMin: kv.min, kvMax: kv.max,
    };
}

export class FleetTrend {
    samples: TrendSample[] = [];

    /// Takes a sample if the last is a second old.
    take(head: FleetHead): void {
        const sample = sampleOf(head, STEP_MS);
        if (!sample) return;
        const last = this.samples[this.samples.length - 1];
        if (last && sample.t < last.t) this.samples = [];  // The clock was set back.
        else if (last && sample.t - last.t < STEP_MS * 0.95) return;
        this.samples.push(sample);
        if (this.samples.length > TREND_SAMPLES) this.samples.shift();
    }

    /// What was before the page was opened, oldest first.
    prepend(samples: TrendSample[]): void {
        const first = this.samples[0]?.t ?? Infinity;
        const joined = samples.filter((sample) => sample.t < first).concat(this.samples);
        this.samples = joined.slice(-TREND_SAMPLES);
    }
}
