// Row: one worker as the page knows it, with its ages counted on and its last minutes.
//
// Ages are true at `at` (a moment of the page's own steady clock); what is shown counts on from
// there.
import type { State, Worker } from "./fleet_types";

/// The KV use of the last 80 s, oldest first; NaN where it was not known or too old to count.
export const TRAIL_SAMPLES = 40;
export const TRAIL_STEP_MS = 2000;
/// Of all rows that have no sample yet: a thousand arrays would hold up the first picture.
const NO_TRAIL = new Float32Array(0);

export interface Row {
    worker: Worker;
    at: number;
    ageMs: number | null;
    recordAgeMs: number | null;
    aliveAgeMs: number | null;
    missed: number;
    /// Empty until there is a sample.
    trail: Float32Array;
    /// All that a search looks at, made when first needed.
    haystack: string | null;
}

export function newRow(worker: Worker, now: number): Row {
    const row: Row = {
        worker, at: now, ageMs: null, recordAgeMs: null, aliveAgeMs: null, missed: 0,
        trail: NO_TRAIL, haystack: null,
    };
    replaceWorker(row, worker, now);
    return row;
}

export function replaceWorker(row: Row, worker: Worker, now: number): void {
    row.worker = worker;
    row.at = now;
    row.ageMs = worker.age_ms;
    row.recordAgeMs = worker.record_age_ms ?? null;
    row.aliveAgeMs = worker.alive_age_ms;
    row.missed = worker.missed;
    row.haystack = null;
}

export function ageOf(row: Row, now: number): number | null {
    return row.ageMs === null ? null : row.ageMs + Math.max(0, now - row.at);
}

export function aliveAgeOf(row: Row, now: number): number | null {
    return row.aliveAgeMs === null ? null : row.aliveAgeMs + Math.max(0, now - row.at);
}

export function recordAgeOf(row: Row, now: number): number | null {
    return row.recordAgeMs === null ? null : row.recordAgeMs + Math.max(0, now - row.at);
}

/// The state by the age alone, for when nobody else judges it: the page is cut off. Never better
/// than what was said last.
export function stateByAge(row: Row, now: number): State {
    const { state, interval_ms: interval, patience_ms: patience } = row.worker;
    const age = ageOf(row, now);
    if (state === "unknown" || age === null) return "unknown";
    if (state === "stale" || age > Math.max(2000, 4 * interval)) return "stale";
    if (state === "late" || age > 2 * interval + patience) return "late";
    return "fresh";
}

export function pushTrail(row: Row): void {
    if (row.trail === NO_TRAIL) row.trail = new Float32Array(TRAIL_SAMPLES).fill(NaN);
    row.trail.copyWithin(0, 1);
    const { state, load } = row.worker;
    const counts = state === "fresh" || state === "late";
    row.trail[TRAIL_SAMPLES - 1] = counts && load.kv_usage !== null ? load.kv_usage : NaN;
}
