// FleetStore: the fleet as the event stream has told it so far.
//
// Place in the data path: events -> here -> what is drawn. Knows no network, no page and no clock;
// `now` is a moment of the page's steady clock.
// Invariants: rows are sorted by id as the server sorts them; after every change they are what
// GET /v1/fleet says at that version, volatile members aside.
import type {
    AgesDocument, ChangeDocument, FleetDocument, FleetHead, LostWorker, Worker,
} from "./fleet_types";
import { newRow, pushTrail, replaceWorker, Row } from "./row";

/// What happened to a worker while the page looked on.
export interface Happening {
    time: string;
    id: string;
    words: string;
}
export const HAPPENINGS_MAX = 1000;

/// The order of bytes in UTF-8, which is that of code points: surrogates stand above all else.
export function compareIds(a: string, b: string): number {
    const length = Math.min(a.length, b.length);
    for (let i = 0; i < length; ++i) {
        const x = a.charCodeAt(i);
        const y = b.charCodeAt(i);
        if (x === y) continue;
        const high = (unit: number): number => (unit >= 0xd800 && unit < 0xe000 ? 0x10000 : 0);
        return x + high(x) - (y + high(y));
    }
    return a.length - b.length;
}

export class FleetStore {
    head: FleetHead | null = null;
    /// When statistics and counters were told last, of the page's steady clock.
    toldAt = 0;
    rows: Row[] = [];
    lost: LostWorker[] = [];
    /// Newest last.
    readonly happenings: Happening[] = [];
    private readonly byId = new Map<string, Row>();

    find(id: string): Row | undefined {
        return this.byId.get(id);
    }

    applyFleet(fleet: FleetDocument, now: number): void {
        const { workers, lost, ...head } = fleet;
        const first = this.head === null;
        const old = new Map(this.byId);
        this.byId.clear();
        this.rows = workers.map((worker) => {
            const row = old.get(worker.id);
            old.delete(worker.id);
            if (!row) {
                if (!first) this.note(fleet.time, worker.id, "appeared");
                return newRow(worker, now);
            }
            this.compare(row.worker, worker, fleet.time);
            replaceWorker(row, worker, now);
            return row;
        });
        for (const row of this.rows) this.byId.set(row.worker.id, row);
        for (const id of old.keys()) {
            const stone = lost.find((entry) => entry.id === id);
            this.note(fleet.time, id, stone ? `lost: ${stone.reason}` : "left while we were away");
        }
        this.lost = lost;
        this.head = head;
        this.toldAt = now;
    }

    applyChange(change: ChangeDocument, now: number): void {
        const { workers, left, lost_ended: ended, lost, ...head } = change;
        for (const { id, reason, cause } of left) {
            if (!this.byId.delete(id)) continue;
            this.note(change.time, id, cause === "renamed" ? reason : `lost: ${reason}`);
        }
        let moved = left.length > 0;
        const added: Row[] = [];
        for (const worker of workers) {
            const row = this.byId.get(worker.id);
            if (row) {
                this.compare(row.worker, worker, change.time);
                replaceWorker(row, worker, now);
                continue;
            }
            const fresh = newRow(worker, now);
            added.push(fresh);
            this.byId.set(worker.id, fresh);
            this.note(change.time, worker.id, "appeared");
            moved = true;
        }
        if (moved) {
            const kept = this.rows.filter((row) => this.byId.get(row.worker.id) === row);
            this.rows = kept.concat(added);
            this.rows.sort((a, b) => compareIds(a.worker.id, b.worker.id));
        }
        if (lost) {
            const gone = new Set([...(ended ?? []), ...lost.map((entry) => entry.id)]);
            this.lost = this.lost.filter((entry) => !gone.has(entry.id)).concat(lost);
        }
        // A member that is null is gone.
        this.head = { ...(this.head as FleetHead), ...head };
        this.toldAt = now;
    }

    /// False if the ages are not of the workers that we know of: then only the whole helps.
    applyAges(ages: AgesDocument, now: number): boolean {
        if (ages.age_ms.length !== this.rows.length) return false;
        if (this.head) this.head.time = ages.time;
        this.rows.forEach((row, i) => {
            row.at = now;
            row.ageMs = ages.age_ms[i] ?? null;
            row.recordAgeMs = ages.record_age_ms?.[i] ?? null;
            row.aliveAgeMs = ages.alive_age_ms[i] ?? null;
            row.missed = ages.missed[i] ?? 0;
        });
        return true;
    }

    takeTrailSample(): void {
        this.rows.forEach(pushTrail);
    }

    private compare(before: Worker, after: Worker, time: string): void {
        const note = (words: string): void => this.note(time, after.id, words);
        if (before.generation !== after.generation) note(`new process (${after.generation})`);
        if (before.state !== after.state) note(`${before.state} → ${after.state}`);
        for (const flag of after.flags) if (!before.flags.includes(flag)) note(`flag ${flag}`);
        for (const flag of before.flags) {
            if (!after.flags.includes(flag)) note(`no longer ${flag}`);
        }
    }

    private note(time: string, id: string, words: string): void {
        this.happenings.push({ time, id, words });
        if (this.happenings.length > HAPPENINGS_MAX) this.happenings.shift();
    }
}
