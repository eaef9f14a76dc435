// Picture: the fleet at the moment that is shown, and how far it can be trusted.
//
// Everything that draws gets one, and reads ages and states through it.
import type { FleetStore } from "./fleet_store";
import type { State } from "./fleet_types";
import { ageOf, Row, stateByAge } from "./row";

/// waiting: nothing was told yet. cut: nothing comes any more, and what was told grows old.
export type Standing = "waiting" | "live" | "cut" | "past";

export interface Picture {
    store: FleetStore;
    standing: Standing;
    /// Of the page's steady clock; stands still in the past.
    now: number;
}

export function stateIn(picture: Picture, row: Row): State {
    return picture.standing === "cut" ? stateByAge(row, picture.now) : row.worker.state;
}

export function ageIn(picture: Picture, row: Row): number | null {
    return ageOf(row, picture.now);
}
