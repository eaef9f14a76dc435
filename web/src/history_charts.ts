// HistoryCharts: one worker's load of the last minutes, as the server sampled it.
import { drawChart } from "./chart";
import { el, setHidden, setText } from "./dom";
import type { History } from "./fleet_types";
import type { Palette } from "./palette";
import { watchSize } from "./sizes";
import { countText, percentText, timeOf } from "./words";

type Series = "kv_usage" | "running" | "waiting";
const CHARTS: readonly { series: Series; title: string; least: number }[] = [
    { series: "kv_usage", title: "KV use", least: 1 },
    { series: "running", title: "running", least: 4 },
    { series: "waiting", title: "queue", least: 4 },
];
const SPAN_MS = 5 * 60 * 1000;

export class HistoryCharts {
    readonly element = el("div", "history");
    private readonly none = el("p", "none");
    private readonly charts = CHARTS.map(({ title }) => {
        const box = el("figure");
        const words = el("figcaption");
        const [name, range] = [el("span", "", title), el("span", "scale")];
        words.append(name, range);
        const canvas = el("canvas", "chart");
        canvas.setAttribute("aria-hidden", "true");
        watchSize(canvas);
        box.append(words, canvas);
        this.element.append(box);
        return { box, range, canvas };
    });

    constructor() {
        this.element.append(this.none);
    }

    /// `words` say why there is no history.
    draw(history: History | null, palette: Palette | null, words: string): void {
        const empty = !history || history.time.length === 0 || !palette;
        setHidden(this.none, !empty);
        setText(this.none, words);
        for (const chart of this.charts) setHidden(chart.box, empty);
        if (empty) return;
        const times = history.time.map((text) => timeOf(text) ?? 0);
        const until = times[times.length - 1] ?? 0;
        CHARTS.forEach(({ series, least }, i) => {
            const chart = this.charts[i];
            if (!chart) return;
            // What was too old to count is a gap: nobody knows what it was then.
            const values = history[series].map((value, at) =>
                history.state[at] === "fresh" || history.state[at] === "late" ? value : null);
            drawChart(chart.canvas, {
                times, from: until - SPAN_MS, until, least,
                gaps: times.map(() => history.interval_ms * 3),
                lines: [{ values, color: palette.accent, fill: true }],
            }, palette);
            const known = values.filter((value): value is number => value !== null);
            const words = series === "kv_usage" ? (v: number) => percentText(v, 0) : countText;
            setText(chart.range, known.length === 0 ? "not known"
                : `${words(Math.min(...known))} to ${words(Math.max(...known))}`);
        });
    }
}
