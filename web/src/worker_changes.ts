// WorkerChanges: what changed in one worker, from two witnesses: the journal, which knows what was
// before the page came, and the page itself, which knows what came since it asked the journal.
//
// Pure.
import type { Happening } from "./fleet_store";
import type { JournalEvent } from "./fleet_types";
import { timeOf } from "./words";

export interface Change {
    time: string;
    words: string;
}

/// What both saw: the page was told of it up to so much later than the journal's time.
const SAME_MS = 2000;

/// Oldest first; each once, in the journal's words, which say more.
export function changesOf(
    told: readonly JournalEvent[], seen: readonly Happening[],
): Change[] {
    const twins = told.map((event) => ({ key: keyOfTold(event), time: event.time }));
    const own = seen.filter(({ time, words }) => {
        const key = keyOfSeen(words);
        const twin = twins.findIndex((one) =>
            one.key === key && apart(one.time, time) < SAME_MS);
        if (twin < 0) return true;
        twins.splice(twin, 1);
        return false;
    });
    const changes: Change[] = told.map((event) => ({ time: event.time, words: wordsOf(event) }));
    // By time; sorting is stable.
    return changes.concat(own.map(({ time, words }) => ({ time, words })))
        .sort((a, b) => (a.time < b.time ? -1 : +(a.time > b.time)));
}

function apart(a: string, b: string): number {
    const [x, y] = [timeOf(a), timeOf(b)];
    return x === null || y === null ? Infinity : Math.abs(x - y);
}

/// "late -> stale" as the page writes it.
export function withArrows(words: string): string {
    return words.replace(/ -> /g, " → ");
}

function wordsOf({ event, detail }: JournalEvent): string {
    if (event === "worker_state") return withArrows(detail);
    const what = event.replace(/^worker_|_/g, " ").trim();
    return detail === "" ? what : `${what}: ${withArrows(detail)}`;
}

/// The same for both witnesses.
function keyOfTold({ event, detail }: JournalEvent): string {
    if (event === "worker_state") return withArrows(detail);
    if (event === "worker_returned") return "worker_appeared";
    const [first] = detail.split(/\W/);
    return event.startsWith("flag_") ? `${event} ${first}` : event;
}

function keyOfSeen(words: string): string {
    const [first, second] = words.split(/[ :]/);
    switch (first) {
        case "appeared": return "worker_appeared";
        case "lost": return "worker_lost";
        case "new": return "worker_restarted";
        case "flag": return `flag_raised ${second}`;
        case "no": return `flag_cleared ${words.slice("no longer ".length)}`;
        default: return words;
    }
}
