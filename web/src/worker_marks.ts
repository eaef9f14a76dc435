// Marks: one sign for the worst that is known of a worker, the same as in `muster top`.
//
// Pure. Everything that a colour says is said by these too.
import type { State } from "./fleet_types";

export interface Mark {
    sign: string;
    words: string;
    tone: "bad" | "warning" | "dim" | "well";
    /// The greater, the worse.
    rank: number;
}

const MARKS: Record<
    "stale" | "duplicate" | "zombie" | "unknown" | "late" | "frozen" | "restored" | "cordoned" |
    "fresh",
    Mark
> = {
    stale: { sign: "!", words: "stale", tone: "bad", rank: 8 },
    duplicate: { sign: "&", words: "duplicate", tone: "bad", rank: 7 },
    zombie: { sign: "&", words: "zombie", tone: "bad", rank: 6 },
    unknown: { sign: "?", words: "no load known", tone: "warning", rank: 5 },
    late: { sign: "~", words: "late", tone: "warning", rank: 4 },
    frozen: { sign: "*", words: "frozen", tone: "warning", rank: 3 },
    restored: { sign: "*", words: "restored", tone: "warning", rank: 2 },
    cordoned: { sign: "-", words: "cordoned", tone: "dim", rank: 1 },
    fresh: { sign: "", words: "fresh", tone: "well", rank: 0 },
};

const BY_NAME = new Map<string, Mark>(Object.entries(MARKS));

export function markOf(state: State, flags: readonly string[]): Mark {
    if (flags.length === 0) return MARKS[state];
    let worst = BY_NAME.get(state) ?? MARKS.unknown;
    for (const flag of flags) {
        const mark = BY_NAME.get(flag) ?? { ...MARKS.restored, words: flag };
        if (mark.rank > worst.rank) worst = mark;
    }
    return worst;
}

/// Those of the legend, worst first.
export const LEGEND: readonly [string, string][] = [
    ["!", "stale: its numbers are too old to use"],
    ["&", "two processes answer for it, or it was withdrawn and still answers"],
    ["?", "no load known yet"],
    ["~", "late"],
    ["*", "frozen (busy, and its numbers do not move) or another flag"],
    ["-", "cordoned"],
    ["×", "lost"],
];
