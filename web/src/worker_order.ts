// The order of the table, and who is in it.
//
// Pure but for the texts that searches keep in rows.
import type { Load } from "./fleet_types";
import { Picture, ageIn, stateIn } from "./picture";
import type { Row } from "./row";
import { markOf } from "./worker_marks";

export type SortKey = "worst" | "id" | "state" | "age" | "running" | "queue" | "kv" | "model";

export interface Order {
    key: SortKey;
    /// Against the column's own first direction.
    turned: boolean;
}

export interface Choice {
    query: string;
    /// A state, or "flagged"; empty: all.
    state: string;
}

/// Greater first, but for names; unknown is last whichever way.
export function sortRows(rows: Row[], order: Order, picture: Picture): Row[] {
    const keyed = rows.map((row) => ({ row, key: sortValue(row, order.key, picture) }));
    const sign = order.turned ? -1 : 1;
    // The rows come in the order of ids, and sorting is stable.
    keyed.sort(({ key: x }, { key: y }) => {
        if (typeof x === "number" && typeof y === "number") return sign * (y - x);
        if (x === null || y === null) return (x === null ? 1 : 0) - (y === null ? 1 : 0);
        return sign * (x < y ? -1 : +(x > y));
    });
    return keyed.map(({ row }) => row);
}

function sortValue(row: Row, key: SortKey, picture: Picture): number | string | null {
    const { worker } = row;
    switch (key) {
        case "worst": return trouble(row, picture);
        case "state": return markOf(stateIn(picture, row), worker.flags).rank;
        case "age": return ageIn(picture, row);
        case "running": return worker.load.running;
        case "queue": return worker.load.waiting;
        case "kv": return worker.load.kv_usage;
        case "model": return worker.models[0] ?? worker.engine;
        case "id": return worker.id;
    }
}

/// What is wrong weighs most; among the well the longer queue and the fuller cache, in coarse
/// steps, so that rows do not jump about.
function trouble(row: Row, picture: Picture): number {
    const { rank } = markOf(stateIn(picture, row), row.worker.flags);
    return rank * 1000 + coarse(row.worker.load);
}

function coarse(load: Load): number {
    // Doublings: 0, 1, 2-3, 4-7...
    const queue = load.waiting === null ? 0 : 32 - Math.clz32(load.waiting);
    const kv = load.kv_usage === null ? 0 : Math.floor(Math.min(1, load.kv_usage) * 5);
    return queue * 6 + kv;
}

export function choose(rows: Row[], choice: Choice, picture: Picture): Row[] {
    const words = choice.query.toLowerCase().split(/\s+/).filter((word) => word !== "");
    if (words.length === 0 && choice.state === "") return rows;
    return rows.filter((row) => {
        const state = stateIn(picture, row);
        if (choice.state === "flagged" && row.worker.flags.length === 0) return false;
        if (choice.state !== "" && choice.state !== "flagged" && choice.state !== state) {
            return false;
        }
        if (words.length === 0) return true;
        const hay = `${haystackOf(row)}\n${state}`;
        return words.every((word) =>
            word.startsWith("!") && word.length > 1 ? !hay.includes(word.slice(1))
                                                    : hay.includes(word));
    });
}

function haystackOf(row: Row): string {
    if (row.haystack !== null) return row.haystack;
    const w = row.worker;
    const labels = Object.entries(w.labels).map(([name, value]) => `${name}=${value}`);
    const parts = [w.id, ...w.flags, ...labels, ...w.models, w.engine, w.source, w.road, w.address];
    row.haystack = parts.filter((part) => part !== null).join("\n").toLowerCase();
    return row.haystack;
}
