// Fleets for the unit tests.
import type {
    ChangeDocument, FleetDocument, Load, LostWorker, Statistic, Stats, Worker,
} from "./fleet_types";
import { FleetStore } from "./fleet_store";
import type { Picture, Standing } from "./picture";

export const NO_LOAD: Load = {
    running: null, slots: null, waiting: null, kv_active_blocks: null, kv_total_blocks: null,
    kv_usage: null, prefix_hit_rate: null,
};

const NOBODY: Statistic = { count: 0, avg: null, std: null, min: null, max: null, sum: null };
const STATS: Stats = {
    workers: { fresh: 0, late: 0, stale: 0, unknown: 0, lost: 0 }, kv_active_blocks: NOBODY,
    waiting: NOBODY, running: NOBODY, kv_usage: NOBODY, oldest_age_ms: null,
};
const NOW = "2026-11-23T10:15:02.000Z";

export function worker(id: string, more: Partial<Worker> = {}): Worker {
    return {
        id, component: id.split("/")[0] ?? "", instance_id: null, rank: null, engine: "dynamo",
        address: null, models: [], labels: {}, state: "fresh", flags: [], generation: 1,
        age_ms: 10, captured_age_ms: null, alive_age_ms: 10, rtt_ms: null, missed: 0,
        interval_ms: 250, patience_ms: 300, source: "nats-1", road: "polled", load: NO_LOAD,
        ...more,
    };
}

export function lost(id: string, reason = "silent for 10 s"): LostWorker {
    return {
        id, component: id.split("/")[0] ?? "", since: "2026-11-23T10:14:52.000Z",
        cause: "silent", reason, generation: 1, load: NO_LOAD,
    };
}

export function fleet(workers: Worker[], gone: LostWorker[] = []): FleetDocument {
    return {
        epoch: "e", version: 1, time: NOW, stats: STATS, components: [], workers, lost: gone,
        sources: [{
            id: "nats-1", kind: "nats", target: "nats://b:4222", state: "connected",
            since: "2026-11-23T10:14:02.000Z", reason: null, last_error: null, asked_once: true,
            mass_silences: [],
        }],
    };
}

export function change(more: Partial<ChangeDocument>): ChangeDocument {
    return { epoch: "e", version: 2, time: NOW, workers: [], left: [], ...more };
}

export function picture(
    document: FleetDocument, standing: Standing = "live", now = 0,
): Picture {
    const store = new FleetStore();
    store.applyFleet(document, 0);
    return { store, standing, now };
}
