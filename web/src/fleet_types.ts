// What the API says, as docs/guide/http.md has it: the documents this page reads.
//
// Types alone. null is "nobody told"; it is never turned into 0.

export type State = "unknown" | "fresh" | "late" | "stale";

export interface Load {
    running: number | null;
    slots: number | null;
    waiting: number | null;
    kv_active_blocks: number | null;
    kv_total_blocks: number | null;
    kv_usage: number | null;
    prefix_hit_rate: number | null;
}

export interface Cordon {
    why: string;
    by: string | null;
    since: string | null;
}

/** Why a worker that is asked tells no load, and what to do. */
export interface WorkerTrouble {
    kind: string;
    since: string | null;
    what: string;
}

export interface Worker {
    id: string;
    component: string;
    instance_id: string | null;
    rank: number | null;
    engine: string | null;
    address: string | null;
    models: string[];
    labels: Record<string, string>;
    state: State;
    flags: string[];
    flags_since?: Record<string, string | null>;
    cordon?: Cordon;
    trouble?: WorkerTrouble;
    generation: number;
    first_seen?: string | null;
    age_ms: number | null;
    record_age_ms?: number | null;
    captured_age_ms: number | null;
    alive_age_ms: number | null;
    rtt_ms: number | null;
    missed: number;
    interval_ms: number;
    patience_ms: number;
    silent_since?: string | null;
    source: string | null;
    road: string | null;
    load: Load;
    activity?: Activity;
}

/** What a worker's counters tell; rates over some seconds, null where it does not tell them. */
export interface Activity {
    requests_per_s: number | null;
    prompt_tokens_per_s: number | null;
    generated_tokens_per_s: number | null;
    unseen_bursts: number;
    last_unseen_burst: string | null;
}

export interface LostWorker {
    id: string;
    component: string;
    since: string | null;
    cause: string;
    reason: string;
    generation: number;
    load: Load;
}

export interface MassSilence {
    component: string;
    silent: number;
    total: number;
    since: string | null;
}

export interface Source {
    id: string;
    kind: string;
    target: string;
    state: "connected" | "suspect" | "disconnected";
    since: string | null;
    reason: string | null;
    last_error: string | null;
    asked_once: boolean;
    mass_silences: MassSilence[];
    asked?: number;
    answered?: number;
    pushes?: number;
    late_answers?: number;
    reconnects?: number;
    dropped?: number;
    permission_errors?: number;
    rejected?: Record<string, number>;
}

export interface Component {
    name: string;
    source: string;
    interval_ms: number;
    patience_ms: number;
    without_load: { id: string; since: string | null }[];
}

export interface Expected {
    component: string;
    workers: number;
    present: number | null;
    missing: number | null;
    since: string | null;
    why: string | null;
    missing_ids: string[];
}

export interface Statistic {
    count: number;
    avg: number | null;
    std: number | null;
    min: number | null;
    max: number | null;
    sum: number | null;
}

export interface Stats {
    workers: Record<State | "lost", number>;
    kv_active_blocks: Statistic;
    waiting: Statistic;
    running: Statistic;
    kv_usage: Statistic;
    oldest_age_ms: number | null;
}

/// All but the workers: what each event replaces whole.
export interface FleetHead {
    epoch: string;
    version: number;
    time: string;
    as_of?: string;
    stats: Stats;
    expected?: Expected[] | null;
    sources: Source[];
    components: Component[];
}

export interface FleetDocument extends FleetHead {
    workers: Worker[];
    lost: LostWorker[];
}

export interface LeftWorker {
    id: string;
    cause: string;
    reason: string;
}

export interface ChangeDocument extends Partial<FleetHead> {
    epoch: string;
    version: number;
    time: string;
    workers: Worker[];
    left: LeftWorker[];
    lost_ended?: string[];
    lost?: LostWorker[];
}

export interface AgesDocument {
    epoch: string;
    version: number;
    time: string;
    age_ms: (number | null)[];
    record_age_ms?: (number | null)[];
    alive_age_ms: (number | null)[];
    missed: number[];
}

export interface History {
    interval_ms: number;
    time: string[];
    state: State[];
    running: (number | null)[];
    waiting: (number | null)[];
    kv_active_blocks: (number | null)[];
    kv_usage: (number | null)[];
}

export interface JournalEvent {
    time: string;
    event: string;
    subject: string;
    detail: string;
}

export interface JournalDocument {
    journal: { state: string; reason: string | null } | null;
    begins: string | null;
    since: string;
    until: string | null;
    events: JournalEvent[];
    next: string | null;
}
