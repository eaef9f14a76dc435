// FleetTrend: what the fleet's numbers were in the last minutes, one sample a second.
//
// Bounded. `t` is a wall clock's moment in milliseconds, the server's. null is unknown: a gap.
import type { Picture } from "./picture";
import { timeOf } from "./words";

export const TREND_SAMPLES = 300;

export interface TrendSample {
    t: number;
    running: number | null;
    waiting: number | null;
    kvMean: number | null;
    kvMin: number | null;
    kvMax: number | null;
}

export class FleetTrend {
    samples: TrendSample[] = [];

    /// Takes a sample if the last is a second old.
    take(picture: Picture): void {
        const { head } = picture.store;
        const t = timeOf(head?.time);
        if (!head || t === null || picture.standing !== "live") return;
        const last = this.samples[this.samples.length - 1];
        if (last && t < last.t) this.samples = [];  // The clock was set back.
        if (last && t - last.t < 950) return;
        const { running, waiting, kv_usage: kv } = head.stats;
        this.samples.push({
            t, running: running.sum, waiting: waiting.sum,
            kvMean: kv.avg, kvMin: kv.min, kvMax: kv.max,
        });
        if (this.samples.length > TREND_SAMPLES) this.samples.shift();
    }

    /// What was before the page was opened, oldest first.
    prepend(samples: TrendSample[]): void {
        const first = this.samples[0]?.t ?? Infinity;
        this.samples = samples.filter((sample) => sample.t < first).concat(this.samples);
        this.samples.splice(0, this.samples.length - TREND_SAMPLES);
    }
}
