// PageAddress: what is looked at, in the part of the address behind #, so that a link shows a
// colleague the same: order, search, state, measure, worker, moment.
import type { MeasureName } from "./load_measure";
import type { SortKey } from "./worker_order";

export interface Look {
    query: string;
    state: string;
    sort: SortKey;
    turned: boolean;
    measure: MeasureName;
    worker: string | null;
    /// A past moment, RFC 3339; null is now.
    at: string | null;
}

const SORTS: readonly SortKey[] =
    ["worst", "id", "state", "age", "running", "queue", "kv", "model"];
const STATES = ["", "fresh", "late", "stale", "unknown", "flagged"];

export function readLook(hash: string): Look {
    const given = new URLSearchParams(hash.replace(/^#/, ""));
    const sort = SORTS.find((name) => name === given.get("sort")) ?? "worst";
    const measure = given.get("field");
    const state = given.get("state") ?? "";
    return {
        query: given.get("q") ?? "",
        state: STATES.includes(state) ? state : "",
        sort,
        turned: given.get("turned") === "1",
        measure: measure === "running" || measure === "queue" ? measure : "kv",
        worker: given.get("worker"),
        at: given.get("at"),
    };
}

export function writeLook(look: Look): string {
    const said = new URLSearchParams();
    if (look.query !== "") said.set("q", look.query);
    if (look.state !== "") said.set("state", look.state);
    if (look.sort !== "worst") said.set("sort", look.sort);
    if (look.turned) said.set("turned", "1");
    if (look.measure !== "kv") said.set("field", look.measure);
    if (look.worker !== null) said.set("worker", look.worker);
    if (look.at !== null) said.set("at", look.at);
    const text = said.toString();
    return text === "" ? "" : `#${text}`;
}
