// The events of the journal: how grave each kind is, what it says, where it stands in time.
//
// Pure.
import type { JournalEvent } from "./fleet_types";
import { timeOf } from "./words";
import { withArrows } from "./worker_changes";

export type Gravity = "bad" | "warning" | "well" | "dim";

const GRAVITY: Record<string, Gravity> = {
    worker_lost: "bad", source_disconnected: "bad", mass_silence_began: "bad",
    workers_missing: "bad", journal_gap: "bad", muster_stopped: "warning",
    source_suspect: "warning", flag_raised: "warning", worker_restarted: "warning",
    source_connected: "well", workers_complete: "well", mass_silence_ended: "well",
    worker_returned: "well", worker_appeared: "dim",
    trouble_began: "warning", trouble_ended: "well",
};

export function gravityOf({ event, detail }: JournalEvent): Gravity {
    if (event === "worker_state") {
        // "late -> stale": what it became stands last.
        const became = detail.split(/\W+/).filter((word) => word !== "").pop() ?? "";
        return became === "stale" ? "bad" : became === "fresh" ? "dim" : "warning";
    }
    if (event === "workers_state") return /-> stale/.test(detail) ? "bad" : "warning";
    return GRAVITY[event] ?? "dim";
}

/// "worker lost dynamo/backend/7: silent for 10 s".
export function eventWords({ event, subject, detail }: JournalEvent): string {
    return [event.replace(/_/g, " "), subject].filter((part) => part !== "").join(" ") +
        (detail === "" ? "" : `: ${withArrows(detail)}`);
}

/// What the fleet looked like when it had happened: the journal has a sample each second, after an
/// hour one every ten.
export function justAfter(event: JournalEvent, now: number): number | null {
    const t = timeOf(event.time);
    if (t === null) return null;
    return Math.min(now, t + (now - t > 55 * 60_000 ? 6000 : 1100));
}

/// The next event after `t`, or the one before it (`step` -1); null if there is none.
export function neighbour(
    events: readonly JournalEvent[], t: number, step: 1 | -1,
): JournalEvent | null {
    let best: JournalEvent | null = null;
    for (const event of events) {
        const own = timeOf(event.time) ?? 0;
        // Within a tenth of a second is the same moment to a person.
        if (step > 0 ? own <= t + 100 : own >= t - 100) continue;
        const other = best ? (timeOf(best.time) ?? 0) : null;
        if (other === null || (step > 0 ? own < other : own > other)) best = event;
    }
    return best;
}

/// The last `count` events up to `t`, newest first.
export function eventsUntil(
    events: readonly JournalEvent[], t: number, count: number,
): JournalEvent[] {
    const found: JournalEvent[] = [];
    for (let i = events.length - 1; i >= 0 && found.length < count; --i) {
        const event = events[i];
        if (event && (timeOf(event.time) ?? 0) <= t + 500) found.push(event);
    }
    return found;
}

/// What a person means by "03:12" or "3:12:30": the last such moment by the reader's clock; or a
/// whole RFC 3339 moment. Milliseconds; null if it is neither.
export function parseMoment(text: string, now: number): number | null {
    const clock = /^\s*(\d{1,2}):(\d{2})(?::(\d{2}))?\s*$/.exec(text);
    if (!clock) {
        const whole = /^\s*\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text.trim()) : NaN;
        return Number.isNaN(whole) ? null : whole;
    }
    const [hours, minutes, seconds] = [clock[1], clock[2], clock[3] ?? "0"].map(Number);
    if (hours === undefined || minutes === undefined || seconds === undefined) return null;
    if (hours > 23 || minutes > 59 || seconds > 59) return null;
    const date = new Date(now);
    date.setHours(hours, minutes, seconds, 0);
    if (date.getTime() > now) date.setDate(date.getDate() - 1);
    return date.getTime();
}
