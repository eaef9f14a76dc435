// TimeLine: the journal as a line in time on which one can go back: its events as strokes, a slider
// over them, the events up to the moment that is shown as sentences.
//
// The slider is a native one: it knows the keyboard and screen readers. At its right end is now.
import type { Api } from "./api";
import { button, byId, el, fitCanvas, setAttr, setHidden, setText, syncList } from "./dom";
import type { JournalDocument, JournalEvent } from "./fleet_types";
import {
    eventsUntil, eventWords, Gravity, gravityOf, justAfter, neighbour, parseMoment,
} from "./journal_events";
import type { Palette } from "./palette";
import { sizeOf, watchSize } from "./sizes";
import { clockText, countText, momentText, timeOf } from "./words";

const SPANS: readonly [string, number][] =
    [["15 min", 15], ["1 h", 60], ["6 h", 360], ["24 h", 1440]];
const ASK_EVERY_MS = 10_000;
const ASK_SOON_MS = 1000;
const EVENTS_MAX = "10000";
const WAIT_MS = 180;
/// Events that are listed: few where the present is looked at.
const SHOWN = 3;
const SHOWN_PAST = 6;
const STEP_MS = 1000;

export interface TimeLineInput {
    /// The server's clock, milliseconds.
    now: number;
    /// The past moment that is shown; null: now.
    at: number | null;
    palette: Palette;
}

export class TimeLine {
    private readonly box = byId("time-line");
    private readonly slider = el("input", "slider");
    private readonly strokes = el("canvas");
    private readonly spans = new Map<number, HTMLElement>();
    private readonly about = el("p", "about");
    private readonly ends = el("p", "ends");
    private readonly list = el("ul", "events");
    private readonly moment = el("input", "moment");
    private span = 60;
    private events: JournalEvent[] = [];
    private strokeOf: { t: number; gravity: Gravity }[] = [];
    private begins: number | null = null;
    private askedAt = -Infinity;
    private asking = false;
    private dragging = false;
    /// It was moved, by whatever means, and its moment is not asked for yet.
    private sliding = false;
    /// The event that was gone to, and the moment that is shown for it.
    private gone: { event: JournalEvent; at: number } | null = null;
    private now = 0;
    private at: number | null = null;
    private timer = 0;

    /// `go`: a past moment in milliseconds is wanted, or now (null).
    constructor(private readonly api: Api, private readonly go: (at: number | null) => void) {
        const title = el("h2", "", "Journal");
        title.id = "time-line-title";
        const head = el("div", "line-head");
        const choices = el("div", "chips");
        setAttr(choices, "role", "group");
        setAttr(choices, "aria-label", "How far back");
        for (const [words, minutes] of SPANS) {
            const choice = button("chip", words, () => this.setSpan(minutes));
            this.spans.set(minutes, choice);
            choices.append(choice);
        }
        head.append(title, choices, this.makeSteps(), this.makeForm(), this.about);
        this.slider.type = "range";
        this.slider.step = String(STEP_MS);
        setAttr(this.slider, "aria-label", "Moment that is shown");
        setAttr(this.strokes, "aria-hidden", "true");
        watchSize(this.strokes);
        const track = el("div", "track");
        track.append(this.strokes, this.slider);
        this.slider.addEventListener("input", () => this.slide());
        this.slider.addEventListener("pointerdown", () => { this.dragging = true; });
        for (const over of ["pointerup", "pointercancel"]) {
            this.slider.addEventListener(over, () => { this.dragging = false; });
        }
        this.box.append(head, track, this.ends, this.list);
    }

    /// What happened just now shall soon be on the line.
    askSoon(now: number): void {
        this.askedAt = Math.min(this.askedAt, now - ASK_EVERY_MS + ASK_SOON_MS);
    }

    /// `steady`: of the page's clock. Asks for what is new.
    follow(steady: number): void {
        if (this.asking || steady - this.askedAt < ASK_EVERY_MS) return;
        this.askedAt = steady;
        void this.ask();
    }

    draw(input: TimeLineInput): void {
        if (this.box.hidden) return;
        this.now = input.now;
        this.at = input.at;
        const from = input.now - this.span * 60_000;
        const shown = input.at ?? input.now;
        if (!this.dragging && !this.sliding) {
            setAttr(this.slider, "min", String(from));
            setAttr(this.slider, "max", String(input.now));
            this.slider.value = String(Math.max(from, shown));
        }
        setAttr(this.slider, "aria-valuetext", input.at === null ? "now" : momentText(shown));
        setText(this.ends, "");
        this.ends.append(el("span", "", clockText(from)), el("span", "", "now"));
        for (const [minutes, choice] of this.spans) {
            setAttr(choice, "aria-pressed", String(minutes === this.span));
        }
        const begins = this.begins === null ? "it is empty yet"
            : `it begins ${this.begins < input.now - 86_400_000 ? momentText(this.begins)
                                                                : clockText(this.begins)}`;
        setText(this.about, `${countText(this.events.length)} events; ${begins}`);
        this.drawStrokes(from, input);
        const recent = eventsUntil(this.events, shown,
                                   input.at === null ? SHOWN : SHOWN_PAST);
        syncList(this.list, recent, () => this.makeEvent(), (item, event) => {
            setAttr(item, "data-tone", gravityOf(event));
            item.dataset["time"] = event.time;
            const [time, words] = item.children;
            if (!time || !words) return;
            setText(time, clockText(event.time));
            setAttr(time, "title", `See the fleet at ${momentText(event.time)}`);
            setText(words, eventWords(event));
        });
    }

    private makeEvent(): HTMLLIElement {
        const item = el("li");
        item.append(button("link", "", () => {
            const event = this.events.find((one) => one.time === item.dataset["time"]);
            if (event) this.goTo(event);
        }), el("span"));
        return item;
    }

    private goTo(event: JournalEvent): void {
        const at = justAfter(event, this.now);
        this.gone = at === null ? null : { event, at };
        this.go(at);
    }

    /// From where one goes on to the next event.
    private place(): number {
        const { gone } = this;
        if (gone && this.at === gone.at) return timeOf(gone.event.time) ?? gone.at;
        return this.at ?? this.now;
    }

    private makeSteps(): HTMLElement {
        const steps = el("div", "chips");
        const step = (words: string, name: string, way: 1 | -1): void => {
            const made = button("chip", words, () => {
                const event = neighbour(this.events, this.place(), way);
                if (event) this.goTo(event);
                else if (way > 0) this.go(null);
            });
            setAttr(made, "aria-label", name);
            steps.append(made);
        };
        step("‹ event", "To the event before", -1);
        step("event ›", "To the next event", 1);
        return steps;
    }

    private makeForm(): HTMLElement {
        const form = el("form", "moment-form");
        this.moment.placeholder = "03:12";
        this.moment.autocomplete = "off";
        setAttr(this.moment, "aria-label", "Go to a time, such as 03:12");
        const submit = el("button", "", "Go");
        submit.type = "submit";
        form.append(this.moment, submit);
        form.addEventListener("submit", (event) => {
            event.preventDefault();
            const at = parseMoment(this.moment.value, this.now);
            setAttr(this.moment, "aria-invalid", at === null ? "true" : null);
            if (at === null) return;
            const ago = (this.now - at) / 60_000;
            const fitting = SPANS.find(([, minutes]) => minutes >= ago);
            if (fitting && fitting[1] > this.span) this.setSpan(fitting[1]);
            this.go(Math.min(at, this.now));
        });
        return form;
    }

    private setSpan(minutes: number): void {
        this.span = minutes;
        this.askedAt = -Infinity;
    }

    private slide(): void {
        clearTimeout(this.timer);
        const at = Number(this.slider.value);
        const end = Number(this.slider.max);
        this.sliding = true;
        // While it moves only the last place is asked for.
        this.timer = window.setTimeout(() => {
            this.sliding = false;
            this.go(at > end - STEP_MS ? null : at);
        }, WAIT_MS);
    }

    private async ask(): Promise<void> {
        this.asking = true;
        const query = new URLSearchParams({ since: `${this.span}m`, limit: EVENTS_MAX });
        const answer = await this.api.json<JournalDocument>(`/v1/journal?${query}`);
        this.asking = false;
        if ("failure" in answer) {
            // Without a journal there is no line; one that is empty yet has a line without strokes.
            if (answer.type === "no-journal") setHidden(this.box, true);
            return;
        }
        this.events = answer.value.events;
        // Once for each answer: ten thousand moments read anew for each picture cost half a core.
        this.strokeOf = this.events.map((event) => ({
            t: timeOf(event.time) ?? 0, gravity: gravityOf(event),
        }));
        this.begins = timeOf(answer.value.begins);
        setHidden(this.box, false);
    }

    private drawStrokes(from: number, { now, at, palette }: TimeLineInput): void {
        const { width, height } = sizeOf(this.strokes);
        const context = fitCanvas(this.strokes, width, height);
        if (!context || width === 0) return;
        const x = (t: number): number => ((t - from) / (now - from)) * width;
        context.fillStyle = palette.line;
        context.fillRect(0, height / 2, width, 1);
        if (this.begins !== null && this.begins > from) {
            context.globalAlpha = 0.5;
            context.fillRect(0, 0, x(this.begins), height);
            context.globalAlpha = 1;
        }
        const heights = {
            bad: height, warning: height * 0.7, well: height * 0.5, dim: height * 0.3,
        };
        const colors = {
            bad: palette.bad, warning: palette.warning, well: palette.accent, dim: palette.dim,
        };
        for (const gravity of ["dim", "well", "warning", "bad"] as const) {
            context.fillStyle = colors[gravity];
            let last = NaN;
            for (const stroke of this.strokeOf) {
                if (stroke.t < from || stroke.gravity !== gravity) continue;
                const place = Math.round(x(stroke.t));
                // Many at one place are one stroke.
                if (place === last) continue;
                last = place;
                const h = heights[gravity];
                context.fillRect(place - 1, (height - h) / 2, 2, h);
            }
        }
        if (at === null) return;
        context.fillStyle = palette.text;
        context.fillRect(Math.round(x(at)) - 1, 0, 2, height);
    }
}
