// Measures: what the field's colour and height mean, as a share from 0 to 1.
//
// Pure. null is unknown: it is drawn as unknown, never as 0.
import type { Load } from "./fleet_types";

export type MeasureName = "kv" | "running" | "queue";
export const MEASURES: readonly { name: MeasureName; title: string; words: string }[] = [
    { name: "kv", title: "KV use", words: "share of the KV cache in use" },
    { name: "running", title: "Running", words: "running requests of the slots" },
    { name: "queue", title: "Queue", words: "waiting requests; the longest queue is full" },
];

/// A queue shorter than this is short, whatever the others'.
export const QUEUE_SCALE_MIN = 16;

export function shareOf(load: Load, measure: MeasureName, longestQueue: number): number | null {
    if (measure === "kv") return load.kv_usage === null ? null : clamped(load.kv_usage);
    if (measure === "queue") {
        if (load.waiting === null) return null;
        return clamped(load.waiting / Math.max(QUEUE_SCALE_MIN, longestQueue));
    }
    if (load.running === null || load.slots === null || load.slots === 0) return null;
    return clamped(load.running / load.slots);
}

function clamped(share: number): number {
    return Math.min(1, Math.max(0, share));
}

/// Which of `steps` colours a share has; the last is for the fullest.
export function stepOf(share: number, steps: number): number {
    return Math.min(steps - 1, Math.floor(share * steps));
}
