// Cards: the fleet's charts, each under the number that it ends in: load, queue, KV use, spread.
import { drawChart, drawColumns } from "./chart";
import { byId, el, setText } from "./dom";
import type { TrendSample } from "./fleet_trend";
import type { Palette } from "./palette";
import { Picture, stateIn } from "./picture";
import type { Row } from "./row";
import { watchSize } from "./sizes";
import { ageText, countText, percentText, timeOf } from "./words";

const SPAN_MS = 5 * 60 * 1000;
const SPREAD_COLUMNS = 24;

interface Card {
    value: HTMLElement;
    unit: HTMLElement;
    note: HTMLElement;
    scale: HTMLElement;
    canvas: HTMLCanvasElement;
}

function makeCard(title: string, axis: string): Card {
    const card = el("article", "card");
    const head = el("h2", "card-title", title);
    const line = el("p", "card-line");
    const [value, unit] = [el("strong", "card-value"), el("span", "card-unit")];
    line.append(value, " ", unit);
    const canvas = el("canvas", "chart");
    canvas.setAttribute("aria-hidden", "true");
    watchSize(canvas);
    const foot = el("p", "card-foot");
    const [note, scale] = [el("span"), el("span", "scale")];
    foot.append(note, scale);
    card.append(head, line, canvas, foot);
    card.dataset["axis"] = axis;
    byId("cards").append(card);
    return { value, unit, note, scale, canvas };
}

export class Cards {
    private readonly running = makeCard("Load", "5 min");
    private readonly waiting = makeCard("Queue", "5 min");
    private readonly kv = makeCard("KV use", "5 min");
    private readonly spread = makeCard("Spread", "now");
    private trendDrawn = false;

    /// `whole`: with all charts, not only what it says.
    draw(picture: Picture, samples: TrendSample[], palette: Palette, whole: boolean): void {
        const stats = picture.store.head?.stats;
        if (!stats) return;
        const counted = picture.store.rows.filter((row) => {
            const state = stateIn(picture, row);
            return state === "fresh" || state === "late";
        });
        const slots = sumOf(counted, (row) => row.worker.load.slots);
        const free = slots !== null && stats.running.sum !== null
            ? `${percentText(slots === 0 ? null : stats.running.sum / slots, 0)} of the slots`
            : "slots not known";
        setText(this.running.value, countText(stats.running.sum));
        setText(this.running.unit, `running of ${countText(slots)}`);
        setText(this.running.note, free);
        setText(this.waiting.value, countText(stats.waiting.sum));
        setText(this.waiting.unit, "waiting");
        const longest = stats.waiting.max;
        setText(this.waiting.note, longest === null ? "no queue is known"
            : longest === 0 ? "no queue anywhere" : `longest ${countText(longest)} ${at(counted)}`);
        setText(this.kv.value, percentText(stats.kv_usage.avg, 0));
        setText(this.kv.unit, "mean of the KV caches");
        const { min, max } = stats.kv_usage;
        setText(this.kv.note, `${percentText(min, 0)} to ${percentText(max, 0)}`);
        this.sayAges(picture, counted);
        // After all texts: canvases ask how large they are, and the page is laid out for that.
        if (whole) this.drawSpread(counted, palette);
        // One sample is no line yet.
        if (samples.length > 1 || this.trendDrawn) this.drawTrend(picture, samples, palette);
    }

    private drawTrend(picture: Picture, samples: TrendSample[], palette: Palette): void {
        this.trendDrawn = true;
        const until = timeOf(picture.store.head?.time) ?? samples[samples.length - 1]?.t ?? 0;
        const base = {
            times: samples.map((sample) => sample.t), from: until - SPAN_MS, until,
            // A sample or two may be late: that is no gap yet.
            gaps: samples.map((sample) => sample.step * 1.5 + 2500),
        };
        const values = (pick: (sample: TrendSample) => number | null): (number | null)[] =>
            samples.map(pick);
        const color = palette.accent;
        const running = drawChart(this.running.canvas, {
            ...base, least: 1, lines: [{ values: values((s) => s.running), color, fill: true }],
        }, palette);
        setText(this.running.scale, `5 min, to ${countText(Math.ceil(running))}`);
        const waiting = drawChart(this.waiting.canvas, {
            ...base, least: 4, lines: [{ values: values((s) => s.waiting), color, fill: true }],
        }, palette);
        setText(this.waiting.scale, `5 min, to ${countText(Math.ceil(waiting))}`);
        drawChart(this.kv.canvas, {
            ...base, least: 1, lines: [{ values: values((s) => s.kvMean), color }],
            band: { low: values((s) => s.kvMin), high: values((s) => s.kvMax),
                    color: palette.line },
        }, palette);
        setText(this.kv.scale, "5 min, to 100%");
    }

    private drawSpread(rows: Row[], palette: Palette): void {
        const counts = new Array<number>(SPREAD_COLUMNS).fill(0);
        for (const row of rows) {
            const share = row.worker.load.kv_usage;
            if (share === null) continue;
            const i = Math.min(SPREAD_COLUMNS - 1, Math.floor(share * SPREAD_COLUMNS));
            counts[Math.max(0, i)] = (counts[Math.max(0, i)] ?? 0) + 1;
        }
        drawColumns(this.spread.canvas, counts, palette);
    }

    private sayAges(picture: Picture, rows: Row[]): void {
        const std = picture.store.head?.stats.kv_usage.std ?? null;
        setText(this.spread.value, std === null ? countText(null) : `±${(std * 100).toFixed(0)}`);
        setText(this.spread.unit, "points of KV use between workers");
        // Counted on: it is as old as the last word plus what passed since.
        const age = rows.reduce<number | null>((oldest, row) => {
            if (row.ageMs === null) return oldest;
            return Math.max(oldest ?? 0, row.ageMs + Math.max(0, picture.now - row.at));
        }, null);
        setText(this.spread.note, `oldest number ${ageText(age)}`);
        setText(this.spread.scale, "0 to 100%");
    }
}

function sumOf(rows: Row[], pick: (row: Row) => number | null): number | null {
    let sum: number | null = null;
    for (const row of rows) {
        const value = pick(row);
        if (value !== null) sum = (sum ?? 0) + value;
    }
    return sum;
}

function at(rows: Row[]): string {
    let longest: Row | null = null;
    for (const row of rows) {
        const waiting = row.worker.load.waiting;
        if (waiting !== null && waiting > (longest?.worker.load.waiting ?? -1)) longest = row;
    }
    if (!longest) return "";
    const { id, component } = longest.worker;
    return `on …${id.slice(component.length + 1).slice(-6)}`;
}
