// PastFleet: the fleet as it was at a moment of the past, from the journal.
//
// A question that was overtaken by another is forgotten; what is shown stays until the next is
// there.
import type { Api } from "./api";
import { FleetStore } from "./fleet_store";
import type { FleetDocument } from "./fleet_types";
import type { Picture } from "./picture";

export class PastFleet {
    /// What was asked for last, RFC 3339; null: now is looked at.
    wanted: string | null = null;
    picture: Picture | null = null;
    /// Why there is no picture of what was wanted; empty: there is, or it is on its way.
    failure = "";

    constructor(private readonly api: Api, private readonly changed: () => void) {}

    async goTo(moment: string | null): Promise<void> {
        if (moment === this.wanted) return;
        this.wanted = moment;
        this.failure = "";
        if (moment === null) {
            this.picture = null;
            this.changed();
            return;
        }
        this.changed();
        const query = new URLSearchParams({ at: moment });
        const answer = await this.api.json<FleetDocument>(`/v1/fleet?${query}`);
        if (this.wanted !== moment) return;
        if ("failure" in answer) {
            this.failure = answer.failure;
            this.picture = null;
        } else {
            const store = new FleetStore();
            store.applyFleet(answer.value, 0);
            this.picture = { store, standing: "past", now: 0 };
        }
        this.changed();
    }
}
