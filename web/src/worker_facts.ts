// The facts of one worker as names and words, for its details.
//
// Pure.
import type { Activity, Load } from "./fleet_types";
import type { Picture } from "./picture";
import type { Row } from "./row";
import {
    ageText, between, clockText, countText, momentText, percentText, ratioText,
} from "./words";

export interface Fact {
    name: string;
    value: string;
    title?: string;
}

export function loadFactsOf({ worker }: { worker: { load: Load } }): Fact[] {
    const { load } = worker;
    return [
        { name: "KV use", value: percentText(load.kv_usage) },
        { name: "running / slots", value: ratioText(load.running, load.slots) },
        { name: "queue", value: countText(load.waiting) },
        { name: "KV blocks", value: ratioText(load.kv_active_blocks, load.kv_total_blocks) },
        { name: "prefix hits", value: percentText(load.prefix_hit_rate) },
    ];
}

const rateText = (rate: number | null): string => (rate === null ? "–" : `${rate}/s`);

/** What its counters tell, in words. */
export function activityFactsOf(activity: Activity, now: string | null): Fact[] {
    const facts = [
        { name: "requests done", value: rateText(activity.requests_per_s) },
        {
            name: "tokens in, out",
            value: `${rateText(activity.prompt_tokens_per_s)}, `
                + rateText(activity.generated_tokens_per_s),
        },
    ];
    if (activity.unseen_bursts === 0) return facts;
    const ago = between(activity.last_unseen_burst, now);
    const last = ago === null ? "" : `, last ${ageText(ago)} ago`;
    facts.push({
        name: "was busy",
        value: `${activity.unseen_bursts} times between two answers${last}`,
    });
    return facts;
}

/// A span that was chosen, to the millisecond: it is no age, which would be rounded up.
const spanText = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : ageText(ms));

const ROADS: Record<string, string> = {
    polled: "asked",
    pushed_with_heartbeat: "pushed, with a heartbeat",
    pushed_on_change: "pushed when it changes",
};

export function factsOf(picture: Picture, { worker, recordAgeMs, at }: Row): Fact[] {
    const now = picture.store.head?.time ?? null;
    const facts: Fact[] = [];
    const add = (name: string, value: string | null, title?: string): void => {
        if (value === null || value === "") return;
        facts.push(title ? { name, value, title } : { name, value });
    };
    const since = (moment: string | null | undefined): string => {
        const ago = between(moment, now);
        return ago === null ? "since an unknown time"
            : `since ${clockText(moment)} (${ageText(ago)})`;
    };
    if (worker.cordon) {
        const by = worker.cordon.by ? ` by ${worker.cordon.by}` : "";
        add("cordoned", `${worker.cordon.why}${by}, ${since(worker.cordon.since)}`);
    }
    for (const flag of worker.flags) {
        if (flag !== "cordoned") add(flag, since(worker.flags_since?.[flag]));
    }
    if (worker.trouble) {
        add("trouble", `${worker.trouble.kind}, ${since(worker.trouble.since)}`);
        add("what to do", worker.trouble.what);
    }
    if (worker.silent_since) add("silent", since(worker.silent_since));
    if (worker.activity) facts.push(...activityFactsOf(worker.activity, now));
    if (recordAgeMs !== null) {
        add("whole record", `${ageText(recordAgeMs + Math.max(0, picture.now - at))} old`);
    }
    if (worker.captured_age_ms !== null) {
        add("by its own clock", `${ageText(worker.captured_age_ms)} old`);
    }
    add("source", worker.source);
    add("road", worker.road === null ? null : (ROADS[worker.road] ?? worker.road));
    add("asked every",
        `${spanText(worker.interval_ms)}, patience ${spanText(worker.patience_ms)}`);
    add("round trip", worker.rtt_ms === null ? null : `${worker.rtt_ms.toFixed(1)} ms`);
    add("address", worker.address);
    add("component", worker.component);
    add("engine", worker.engine);
    add("models", worker.models.join(", "));
    add("labels", Object.entries(worker.labels).map(([k, v]) => `${k}=${v}`).join(", "));
    add("rank", worker.rank === null ? null : String(worker.rank));
    add("process", `number ${worker.generation} under this id`);
    if (worker.first_seen) {
        add("first seen", momentText(worker.first_seen));
    }
    return facts;
}
