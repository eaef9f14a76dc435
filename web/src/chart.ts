// Chart: a small line over time on a canvas, with gaps where nothing was known.
//
// What it shows stands in words beside it; the canvas itself is decoration to a screen reader.
import { fitCanvas } from "./dom";
import { pieces } from "./line_pieces";
import type { Palette } from "./palette";
import { sizeOf } from "./sizes";

export interface ChartLine {
    values: (number | null)[];
    color: string;
    fill?: boolean;
}

export interface ChartData {
    /// Milliseconds, rising.
    times: number[];
    from: number;
    until: number;
    lines: ChartLine[];
    /// Between these it is shaded.
    band?: { low: (number | null)[]; high: (number | null)[]; color: string };
    /// The upper end is at least this.
    least: number;
    /// A sample is not joined to the one before it if that is farther away than this.
    gaps: number[];
}

/// Returns the value at the upper end.
export function drawChart(canvas: HTMLCanvasElement, data: ChartData, palette: Palette): number {
    const { width, height } = sizeOf(canvas);
    const context = fitCanvas(canvas, width, height);
    let top = data.least;
    const all = [...data.lines.map((line) => line.values), data.band?.high ?? []];
    for (const values of all) for (const v of values) if (v !== null && v > top) top = v;
    if (!context || width === 0) return top;
    const x = (t: number): number => ((t - data.from) / (data.until - data.from)) * width;
    const y = (v: number): number => height - 1.5 - (v / top) * (height - 4);
    context.strokeStyle = palette.line;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(0, height - 0.5);
    context.lineTo(width, height - 0.5);
    context.stroke();
    if (data.band) {
        const { low, high, color } = data.band;
        context.fillStyle = color;
        for (const [a, b] of pieces(high, data)) {
            context.beginPath();
            for (let i = a; i < b; ++i) context.lineTo(x(data.times[i] ?? 0), y(high[i] ?? 0));
            for (let i = b - 1; i >= a; --i) context.lineTo(x(data.times[i] ?? 0), y(low[i] ?? 0));
            context.fill();
        }
    }
    for (const line of data.lines) {
        for (const [a, b] of pieces(line.values, data)) {
            context.beginPath();
            for (let i = a; i < b; ++i) {
                context.lineTo(x(data.times[i] ?? 0), y(line.values[i] ?? 0));
            }
            if (b - a === 1) context.lineTo(x(data.times[a] ?? 0) + 1.5, y(line.values[a] ?? 0));
            context.strokeStyle = line.color;
            context.lineWidth = 1.5;
            context.lineJoin = "round";
            context.stroke();
            if (!line.fill) continue;
            context.lineTo(x(data.times[b - 1] ?? 0), height);
            context.lineTo(x(data.times[a] ?? 0), height);
            context.globalAlpha = 0.14;
            context.fillStyle = line.color;
            context.fill();
            context.globalAlpha = 1;
        }
    }
    return top;
}

/// How many workers are in each tenth; drawn as columns.
export function drawColumns(canvas: HTMLCanvasElement, counts: number[], palette: Palette): void {
    const { width, height } = sizeOf(canvas);
    const context = fitCanvas(canvas, width, height);
    if (!context || width === 0) return;
    const top = Math.max(1, ...counts);
    const step = width / counts.length;
    counts.forEach((count, i) => {
        const share = Math.floor((i / counts.length) * palette.load.length);
        const h = count === 0 ? 0 : Math.max(2, (count / top) * (height - 3));
        context.fillStyle = palette.load[share] ?? palette.accent;
        context.fillRect(i * step + 0.5, height - 1 - h, Math.max(1, step - 1.5), h);
    });
    context.fillStyle = palette.line;
    context.fillRect(0, height - 1, width, 1);
}
