// Details: everything about one worker, beside the fleet: its numbers with their ages, the last
// minutes, what changed, where its load comes from, its record as it was received.
import { Api, workerPath } from "./api";
import { button, byId, el, setAttr, setHidden, setText, syncList } from "./dom";
import type { History, JournalDocument, JournalEvent } from "./fleet_types";
import { HistoryCharts } from "./history_charts";
import type { Palette } from "./palette";
import { Picture, stateIn } from "./picture";
import { RawRecord } from "./raw_record";
import type { Row } from "./row";
import { changesOf } from "./worker_changes";
import { Fact, factsOf, loadFactsOf } from "./worker_facts";
import { markOf } from "./worker_marks";
import { ageText, between, clockText, momentText } from "./words";

const HISTORY_EVERY_MS = 2000;
const CHANGES_SHOWN = 30;
/// Where they lie over all of the page, as in details.css.
const COVERING = "(max-width: 560px)";
/// What they cover then and a key could go to.
const COVERED = ".skip, .bar, #past-banner, #main";

export class Details {
    shown: string | null = null;
    private readonly box = byId("details");
    private readonly sign = el("span", "mark");
    private readonly title = el("h2");
    private readonly state = el("p", "details-state");
    private readonly load = el("dl", "load-facts");
    private readonly facts = el("dl", "facts");
    private readonly changes = el("ul", "changes");
    private readonly noChanges = el("p", "none", "Nothing that is known of.");
    private readonly charts = new HistoryCharts();
    private readonly origin = part("Where it comes from", this.facts);
    private readonly raw: RawRecord;
    private history: History | null = null;
    private past: JournalEvent[] = [];
    private askedAt = -Infinity;
    private cameFrom: HTMLElement | null = null;
    private readonly covering = matchMedia(COVERING);

    constructor(private readonly api: Api, private readonly closed: () => void) {
        this.raw = new RawRecord(api);
        this.title.id = "details-title";
        const head = el("header");
        head.append(this.sign, this.title);
        head.append(button("quiet close", "Close", () => this.close()));
        this.box.append(
            head, this.state, this.load,
            part("Last five minutes", this.charts.element),
            part("What changed", this.changes, this.noChanges),
            this.origin, this.raw.element);
        this.covering.addEventListener("change", () => this.cover());
    }

    /// `focus`: the reader asked for it, and goes on reading there.
    open(id: string, focus: boolean): void {
        const active = document.activeElement;
        if (focus && active instanceof HTMLElement) this.cameFrom = active;
        if (this.shown !== id) {
            this.shown = id;
            this.history = null;
            this.past = [];
            this.askedAt = -Infinity;
            this.raw.forget(id);
            this.box.scrollTop = 0;
            void this.askJournal(id);
        }
        setHidden(this.box, false);
        document.body.classList.add("with-details");
        if (focus) this.box.focus();
        this.cover();
    }

    close(): void {
        if (this.shown === null) return;
        this.shown = null;
        const inside = this.box.contains(document.activeElement);
        setHidden(this.box, true);
        document.body.classList.remove("with-details");
        this.cover();
        if (inside) this.cameFrom?.focus();
        this.closed();
    }

    /// No key goes to what lies behind them and cannot be seen. What is read out goes on.
    private cover(): void {
        const covers = this.shown !== null && this.covering.matches;
        const active = document.activeElement;
        for (const part of document.querySelectorAll(COVERED)) {
            // Before its part of the page is left out, which takes the focus from it.
            if (covers && active instanceof HTMLElement && part.contains(active)) {
                this.cameFrom = active;
                this.box.focus();
            }
            setAttr(part, "inert", covers ? "" : null);
        }
    }

    draw(picture: Picture, palette: Palette): void {
        const id = this.shown;
        if (id === null || !picture.store.head) return;
        setText(this.title, id);
        const row = picture.store.find(id);
        if (row) this.drawWorker(picture, row, palette);
        else this.drawAbsent(picture, id);
        this.drawChanges(picture, id);
        this.raw.setOffered(row !== undefined && picture.standing !== "past");
    }

    private drawWorker(picture: Picture, row: Row, palette: Palette): void {
        const state = stateIn(picture, row);
        const mark = markOf(state, row.worker.flags);
        setText(this.sign, mark.sign);
        setAttr(this.sign, "class", `mark ${mark.tone}`);
        setText(this.state, stateWords(picture, row));
        setAttr(this.state, "data-tone", mark.tone);
        showFacts(this.load, loadFactsOf(row));
        showFacts(this.facts, factsOf(picture, row));
        setHidden(this.origin, false);
        const due = picture.now - this.askedAt >= HISTORY_EVERY_MS;
        if (picture.standing === "live" && due) void this.askHistory(row.worker.id, picture.now);
        const past = picture.standing === "past";
        this.charts.draw(past ? null : this.history, palette,
                         past ? "Kept for the last five minutes only." : "No history yet.");
    }

    private drawAbsent(picture: Picture, id: string): void {
        const lost = picture.store.lost.find((entry) => entry.id === id);
        const now = picture.store.head?.time ?? null;
        setText(this.sign, "×");
        setAttr(this.sign, "class", "mark warning");
        const ago = between(lost?.since, now);
        setText(this.state, lost
            ? `lost at ${clockText(lost.since)}` + (ago === null ? "" : `, ${ageText(ago)} ago`) +
                `: ${lost.reason}. Below is its last load.`
            : "no such worker at this time");
        setAttr(this.state, "data-tone", "warning");
        showFacts(this.load, lost ? loadFactsOf({ worker: lost }) : []);
        setHidden(this.origin, true);
        this.charts.draw(null, null, "It went with the worker.");
    }

    private drawChanges(picture: Picture, id: string): void {
        const seen = picture.store.happenings.filter((entry) => entry.id === id);
        const until = picture.standing === "past" ? (picture.store.head?.time ?? "9") : "9";
        const told = this.past.filter((event) => event.time <= until);
        const all = changesOf(told, seen).slice(-CHANGES_SHOWN).reverse();
        setHidden(this.noChanges, all.length > 0);
        syncList(this.changes, all, () => {
            const item = el("li");
            item.append(el("time"), el("span"));
            return item;
        }, (item, change) => {
            const [time, words] = item.children;
            if (!time || !words) return;
            setText(time, clockText(change.time));
            setAttr(time, "title", momentText(change.time));
            setText(words, change.words);
        });
    }

    private async askHistory(id: string, now: number): Promise<void> {
        this.askedAt = now;
        const answer = await this.api.json<{ history: History }>(
            `${workerPath(id)}?fields=history`);
        if (this.shown === id && "value" in answer) this.history = answer.value.history;
    }

    private async askJournal(id: string): Promise<void> {
        const query = new URLSearchParams({ worker: id, since: "24h", limit: "200" });
        const answer = await this.api.json<JournalDocument>(`/v1/journal?${query}`);
        if (this.shown === id && "value" in answer) this.past = answer.value.events;
    }
}

/// "late: its load is 0.9s old; its process was heard 0.1s ago".
function stateWords(picture: Picture, row: Row): string {
    const state = stateIn(picture, row);
    const age = row.ageMs === null ? null : row.ageMs + Math.max(0, picture.now - row.at);
    const alive = row.aliveAgeMs === null ? null
        : row.aliveAgeMs + Math.max(0, picture.now - row.at);
    const words = [state, ...row.worker.flags].join(", ");
    const load = age === null ? "no load known" : `its load is ${ageText(age)} old`;
    const missed = row.missed > 0 ? `; ${row.missed} questions in a row without an answer` : "";
    return `${words}: ${load}; its process was heard ` +
        `${alive === null ? "at an unknown time" : `${ageText(alive)} ago`}${missed}`;
}

function part(title: string, ...nodes: HTMLElement[]): HTMLElement {
    const section = el("section");
    section.append(el("h3", "", title), ...nodes);
    return section;
}

function showFacts(list: HTMLElement, facts: Fact[]): void {
    syncList(list, facts, () => {
        const pair = el("div");
        pair.append(el("dt"), el("dd"));
        return pair;
    }, (pair, fact) => {
        const [name, value] = pair.children;
        if (!name || !value) return;
        setText(name, fact.name);
        setText(value, fact.value);
        setAttr(pair, "title", fact.title ?? null);
    });
}
