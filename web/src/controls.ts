// Controls: the search, the chips that choose a state and count it, the field's measure, the keys.
import { button, byId, el, setAttr, setText } from "./dom";
import { MeasureName, MEASURES } from "./load_measure";
import { Picture, stateIn } from "./picture";
import { countText } from "./words";

const CHIPS = [
    ["", "all"], ["fresh", "fresh"], ["late", "late"], ["stale", "stale"],
    ["unknown", "unknown"], ["flagged", "flagged"],
] as const;

export interface ControlListener {
    onQuery(query: string): void;
    onState(state: string): void;
    onMeasure(measure: MeasureName): void;
}

export class Controls {
    private readonly search = byId<HTMLInputElement>("search");
    private readonly chips = new Map<string, { chip: HTMLElement; count: HTMLElement }>();
    private readonly measures = new Map<string, HTMLElement>();

    constructor(listener: ControlListener) {
        this.search.addEventListener("input", () => listener.onQuery(this.search.value));
        for (const [state, words] of CHIPS) {
            const chip = button("chip", "", () => listener.onState(state));
            const count = el("span", "count");
            if (state !== "" && state !== "flagged") chip.dataset["state"] = state;
            chip.append(count, ` ${words}`);
            byId("chips").append(chip);
            this.chips.set(state, { chip, count });
        }
        for (const { name, title, words } of MEASURES) {
            const choice = button("chip", title, () => listener.onMeasure(name));
            choice.title = words;
            byId("measures").append(choice);
            this.measures.set(name, choice);
        }
        document.addEventListener("keydown", (event) => this.onKey(event));
    }

    draw(picture: Picture, query: string, state: string, measure: MeasureName): void {
        // What somebody writes there is theirs.
        const writing = document.activeElement === this.search;
        if (!writing && this.search.value !== query) this.search.value = query;
        const counts = new Map<string, number>();
        for (const row of picture.store.rows) {
            const own = stateIn(picture, row);
            counts.set(own, (counts.get(own) ?? 0) + 1);
            if (row.worker.flags.length > 0) {
                counts.set("flagged", (counts.get("flagged") ?? 0) + 1);
            }
        }
        counts.set("", picture.store.rows.length);
        for (const [name, { chip, count }] of this.chips) {
            setText(count, countText(counts.get(name) ?? 0));
            setAttr(chip, "aria-pressed", String(name === state));
            setAttr(chip, "data-none", (counts.get(name) ?? 0) === 0 ? "" : null);
        }
        for (const [name, choice] of this.measures) {
            setAttr(choice, "aria-pressed", String(name === measure));
        }
    }

    private onKey(event: KeyboardEvent): void {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        const typing = event.target instanceof HTMLInputElement;
        if (event.key === "/" && !typing) {
            event.preventDefault();
            this.search.focus();
            this.search.select();
        }
    }
}
