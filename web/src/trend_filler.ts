// TrendFiller: the fleet's numbers of the minutes before, from the journal: so that the charts have
// something to show when the page opens, and when it shows the past.
//
// One question after the other, of the statistics and little more; what the journal does not have
// stays a gap.
import type { Api } from "./api";
import { sampleOf, TrendSample } from "./fleet_trend";
import type { FleetDocument, JournalDocument } from "./fleet_types";
import { timeOf } from "./words";

const STEP_MS = 15_000;
const SAMPLES = 20;
/// The first sample stands a little behind the beginning.
const STEP_MIN_MS = 2000;

export class TrendFiller {
    private asked = "";

    constructor(private readonly api: Api) {}

    /// The samples before `until`, oldest first; nothing once it is asked for another moment.
    async before(until: number): Promise<TrendSample[] | null> {
        const asked = String(until);
        this.asked = asked;
        const samples: TrendSample[] = [];
        // Where the journal begins; not to be asked about what was before.
        const journal = await this.api.json<JournalDocument>("/v1/journal?since=1m&limit=1");
        const begins = "value" in journal ? timeOf(journal.value.begins) : null;
        if (this.asked !== asked || begins === null) return null;
        for (let i = SAMPLES; i >= 0; --i) {
            const at = until - i * STEP_MS;
            if (at < begins + STEP_MIN_MS) continue;
            const query = new URLSearchParams({ at: new Date(at).toISOString(), fields: "state" });
            const answer = await this.api.json<FleetDocument>(`/v1/fleet?${query}`);
            if (this.asked !== asked) return null;
            if ("failure" in answer) {
                // Too busy, or unreadable: the charts begin where the page does.
                if (answer.type !== "not-in-journal") break;
                continue;
            }
            const sample = sampleOf(answer.value, STEP_MS);
            const last = samples[samples.length - 1];
            if (sample && (!last || sample.t > last.t)) samples.push(sample);
        }
        return samples;
    }
}
