// Panels: what is expected and present, the sources and what is wrong with them, who was lost.
import { button, byId, el, setAttr, setHidden, setText, syncList } from "./dom";
import type { Expected, LostWorker, Source } from "./fleet_types";
import type { Picture } from "./picture";
import { expectedWords } from "./troubles";
import { ageText, between, clockText, countText, counted, momentText } from "./words";

const LOST_SHOWN = 40;

export class Panels {
    constructor(private readonly open: (id: string) => void) {}

    draw(picture: Picture): void {
        const { head, lost } = picture.store;
        if (!head) return;
        const expected = head.expected ?? [];
        setHidden(byId("expected-panel"), expected.length === 0);
        syncList(byId("expected"), expected, makeExpected, (node, entry) => {
            updateExpected(node, entry, head.time);
        });
        syncList(byId("sources"), head.sources, makeSource, (node, source) => {
            updateSource(node, source, head.time, picture.now - picture.store.toldAt);
        });
        setText(byId("lost-count"), lost.length === 0 ? "" : countText(lost.length));
        const newest = lost.slice(-LOST_SHOWN).reverse();
        setHidden(byId("lost-none"), newest.length > 0);
        syncList(byId("lost"), newest, () => this.makeLost(), (node, entry) => {
            updateLost(node, entry, head.time);
        });
    }

    private makeLost(): HTMLLIElement {
        const item = el("li", "lost");
        const name = button("link", "", () => this.open(item.dataset["id"] ?? ""));
        item.append(name, el("span", "when"), el("span", "why"));
        return item;
    }
}

function updateLost(item: HTMLElement, lost: LostWorker, now: string): void {
    item.dataset["id"] = lost.id;
    const [name, when, why] = item.children;
    const ago = between(lost.since, now);
    if (name) setText(name, lost.id);
    if (when) {
        setText(when, ago === null ? "" : `${clockText(lost.since)}, ${ageText(ago)} ago`);
        setAttr(when, "title", momentText(lost.since));
    }
    if (why) setText(why, lost.reason);
}

function makeExpected(): HTMLLIElement {
    const item = el("li", "expected");
    const track = el("i", "bar-line");
    track.append(el("b"));
    item.append(el("strong"), track, el("span", "why"));
    return item;
}

function updateExpected(item: HTMLElement, entry: Expected, now: string): void {
    const [count, track, why] = item.children;
    if (!count || !track || !why) return;
    setText(count, `${countText(entry.present)} of ${countText(entry.workers)}`);
    setText(why, entry.missing === 0 ? entry.component : expectedWords(entry, now));
    const fill = track.firstElementChild as HTMLElement;
    const share = entry.present === null ? 0 : Math.min(1, entry.present / entry.workers);
    fill.style.transform = `scaleX(${share.toFixed(3)})`;
    track.classList.toggle("unknown", entry.present === null);
    const tone = entry.missing === null ? "warning" : entry.missing > 0 ? "bad" : "well";
    setAttr(item, "data-tone", tone);
}

function makeSource(): HTMLLIElement {
    const item = el("li", "source");
    const head = el("p", "source-head");
    head.append(el("strong"), el("span", "source-state"), el("span", "target"));
    item.append(head, el("p", "why"), el("p", "counters"));
    return item;
}

const SOURCE_TONES = { connected: "well", suspect: "warning", disconnected: "bad" } as const;

/// `age`: of its counters, milliseconds.
function updateSource(item: HTMLElement, source: Source, now: string, age: number): void {
    const [head, why, counters] = item.children;
    const [name, state, target] = head?.children ?? [];
    if (!why || !counters || !name || !state || !target) return;
    const tone = source.mass_silences.length > 0 ? "bad" : SOURCE_TONES[source.state];
    setAttr(item, "data-tone", tone);
    setText(name, source.id);
    const since = between(source.since, now);
    setText(state, source.state + (since === null ? "" : ` for ${ageText(since)}`));
    setAttr(state, "title", momentText(source.since));
    setText(target, source.target);
    setText(why, [
        source.reason ?? "",
        ...source.mass_silences.map((mass) =>
            `${mass.silent} of ${mass.total} of ${mass.component} silent since ` +
            clockText(mass.since)),
        source.reason === null && source.last_error ? `last error: ${source.last_error}` : "",
    ].filter((words) => words !== "").join("; "));
    setText(counters, counterWords(source, age));
}

/// What was asked and came, and then only what is not nothing: each is a hint of trouble. Between
/// changes of the fleet nobody tells them: they say how old they are.
export function counterWords(source: Source, age: number): string {
    const words: string[] = [];
    if (source.asked !== undefined) words.push(`asked ${countText(source.asked)}`);
    if (source.answered !== undefined) words.push(`answered ${countText(source.answered)}`);
    if (source.pushes) words.push(counted(source.pushes, "push", "pushes"));
    if (source.late_answers) words.push(`${countText(source.late_answers)} late`);
    if (source.reconnects) words.push(counted(source.reconnects, "reconnect"));
    if (source.dropped) words.push(`${countText(source.dropped)} dropped`);
    if (source.permission_errors) {
        words.push(counted(source.permission_errors, "permission error"));
    }
    for (const [reason, count] of Object.entries(source.rejected ?? {})) {
        if (count > 0) words.push(`${countText(count)} ${reason.replace(/_/g, " ")}`);
    }
    return words.length === 0 ? "" : `${words.join(" · ")}; counted ${ageText(age)} ago`;
}
