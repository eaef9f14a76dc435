// What is wrong, in words, worst first: one sentence for each kind of trouble, however many workers
// it hits; it names one of them. The same as the first lines of `muster top`.
//
// Pure.
import type { Expected, FleetHead, Source } from "./fleet_types";
import { ageIn, Picture, stateIn } from "./picture";
import type { Row } from "./row";
import { ageText, between, counted, countText } from "./words";

export interface Trouble {
    tone: "bad" | "warning" | "dim";
    words: string;
    /// A worker to look at.
    worker?: string;
    /// What stays the same while the numbers in it move: a trouble is news once.
    key: string;
}

/// The one kind that a worker with a load can have.
const OTHER_ENGINE = "other_engine";

export function troublesOf(picture: Picture): Trouble[] {
    const { head } = picture.store;
    if (!head) return [];
    return [
        ...sourceTroubles(head),
        ...missingTroubles(head),
        ...workerTroubles(picture, head),
        ...stateTroubles(picture, "stale", "bad", "stale"),
        ...stateTroubles(picture, "unknown", "warning", "without any load yet"),
        ...flagTroubles(picture, head),
        ...stateTroubles(picture, "late", "warning", "late"),
        ...lostTroubles(picture, head),
    ];
}

/// "nats-1 disconnected for 12s: connection refused (nats://...)".
export function sourceWords(source: Source, now: string | null): string {
    const since = between(source.since, now);
    let words = `${source.id} ${source.state}`;
    if (since !== null) words += ` for ${ageText(since)}`;
    if (source.reason) words += `: ${source.reason}`;
    return `${words} (${source.target})`;
}

function sourceTroubles(head: FleetHead): Trouble[] {
    const troubles: Trouble[] = [];
    for (const state of ["disconnected", "suspect"] as const) {
        for (const source of head.sources) {
            if (source.state !== state) continue;
            const tone = state === "disconnected" ? "bad" : "warning";
            troubles.push({
                tone, words: sourceWords(source, head.time), key: `${source.id} ${state}`,
            });
        }
    }
    for (const source of head.sources) {
        for (const mass of source.mass_silences) {
            const since = between(mass.since, head.time);
            troubles.push({
                tone: "bad", key: `mass ${source.id} ${mass.component}`,
                words: `${mass.silent} of ${mass.total} of ${mass.component} silent` +
                    (since === null ? "" : ` for ${ageText(since)}`) + ` (${source.id})`,
            });
        }
    }
    if (head.sources.length === 0) {
        troubles.push({ tone: "warning", words: "no source is known yet", key: "no source" });
    }
    return troubles;
}

/// "61 of 64 of dynamo/backend, 3 missing for 2m 22s: silent for 10 s".
export function expectedWords(expected: Expected, now: string | null): string {
    const { component, workers, missing, present, why } = expected;
    const since = between(expected.since, now);
    if (missing === null) {
        return `not known yet whether all ${countText(workers)} of ${component} are there` +
            (why ? `: ${why}` : "");
    }
    if (missing === 0) return `${countText(present)} of ${countText(workers)} of ${component}`;
    const ids = expected.missing_ids;
    return `${countText(missing)} of ${countText(workers)} of ${component} missing` +
        (since === null ? "" : ` for ${ageText(since)}`) + (why ? `: ${why}` : "") +
        (ids.length === 0 ? "" : ` (${ids[0]}${ids.length > 1 ? ", …" : ""})`);
}

function missingTroubles(head: FleetHead): Trouble[] {
    return (head.expected ?? []).filter((entry) => entry.missing !== 0).map((entry) => ({
        tone: entry.missing === null ? "warning" : "bad",
        words: expectedWords(entry, head.time),
        key: `missing ${entry.component}`,
    }));
}

/// Troubles of workers whose state does not show them, by their kind: the last load is still young,
/// or another engine answers, with a load of its own.
function workerTroubles(picture: Picture, head: FleetHead): Trouble[] {
    const kinds = new Map<string, Row[]>();
    for (const row of picture.store.rows) {
        const { trouble } = row.worker;
        if (!trouble || !["fresh", "late"].includes(stateIn(picture, row))) continue;
        kinds.set(trouble.kind, [...(kinds.get(trouble.kind) ?? []), row]);
    }
    return [...kinds].map(([kind, rows]) => {
        const { id, trouble } = rows[0]!.worker;
        const since = between(trouble?.since, head.time);
        return {
            tone: kind === OTHER_ENGINE ? "warning" : "bad", worker: id, key: `trouble ${kind}`,
            words: `${countText(rows.length)} ${kind}` +
                (since === null ? "" : ` for ${ageText(since)}`) + `: ${id}: ${trouble?.what}`,
        };
    });
}

function stateTroubles(
    picture: Picture, state: string, tone: Trouble["tone"], words: string,
): Trouble[] {
    let oldest: Row | null = null;
    let count = 0;
    for (const row of picture.store.rows) {
        if (stateIn(picture, row) !== state) continue;
        ++count;
        if (!oldest || (ageIn(picture, row) ?? 0) > (ageIn(picture, oldest) ?? 0)) oldest = row;
    }
    if (!oldest) return [];
    const age = ageIn(picture, oldest);
    const old = age === null ? "" : `, the oldest ${ageText(age)}`;
    const { id, trouble } = oldest.worker;
    const all = countText(picture.store.rows.length);
    return [{
        tone, worker: id, key: state,
        words: `${countText(count)} of ${all} ${words}${old}: ${id}` +
            (trouble ? `: ${trouble.what}` : ""),
    }];
}

const FLAG_WORDS: readonly [string, string, Trouble["tone"]][] = [
    ["duplicate", "two processes answer under this id", "bad"],
    ["zombie", "withdrawn, yet it answers", "bad"],
    ["frozen", "busy, and its numbers do not move", "warning"],
    ["restored", "from the journal, not heard yet", "warning"],
    ["cordoned", "somebody meant it", "dim"],
];

function flagTroubles(picture: Picture, head: FleetHead): Trouble[] {
    const troubles: Trouble[] = [];
    for (const [flag, words, tone] of FLAG_WORDS) {
        const flagged = picture.store.rows.filter((row) => row.worker.flags.includes(flag));
        const first = flagged[0]?.worker;
        if (!first) continue;
        const since = between(first.flags_since?.[flag], head.time);
        const why = flag === "cordoned" ? first.cordon?.why : undefined;
        troubles.push({
            tone, worker: first.id, key: flag,
            words: `${countText(flagged.length)} ${flag}` +
                (since === null ? "" : ` for ${ageText(since)}`) +
                `: ${first.id}: ${why ?? words}`,
        });
    }
    return troubles;
}

function lostTroubles(picture: Picture, head: FleetHead): Trouble[] {
    const { lost } = picture.store;
    const last = lost[lost.length - 1];
    if (!last) return [];
    const ago = between(last.since, head.time);
    return [{
        tone: "warning", worker: last.id, key: `lost ${last.id} ${last.since}`,
        words: `${countText(lost.length)} lost, the last ` +
            (ago === null ? "at an unknown time" : `${ageText(ago)} ago`) +
            `: ${last.id}: ${last.reason}`,
    }];
}

/// "61 workers: 58 fresh, 3 stale; 2 lost": the states as the page judges them.
export function workersWords(picture: Picture): string {
    const counts = new Map<string, number>();
    for (const row of picture.store.rows) {
        const state = stateIn(picture, row);
        counts.set(state, (counts.get(state) ?? 0) + 1);
    }
    const parts = ["fresh", "late", "stale", "unknown"]
        .filter((state) => counts.has(state))
        .map((state) => `${countText(counts.get(state))} ${state}`);
    const lost = picture.store.lost.length;
    return counted(picture.store.rows.length, "worker") +
        (parts.length === 0 ? "" : `: ${parts.join(", ")}`) +
        (lost === 0 ? "" : `; ${countText(lost)} lost`);
}
