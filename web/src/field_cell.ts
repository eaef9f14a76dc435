// One cell of the field, drawn.
//
// The gauge fills from below; unknown load is hatched, never empty. Late and stale cells fade; what
// is wrong has a frame and a sign.
import type { LostWorker, State } from "./fleet_types";
import type { CellForm } from "./field_layout";
import { MeasureName, shareOf, stepOf } from "./load_measure";
import { LOAD_STEPS, Palette } from "./palette";
import type { Row } from "./row";
import { Mark, markOf } from "./worker_marks";
import { ageText, percentText, ratioText, shortId, countText } from "./words";

export interface FieldCell {
    id: string;
    row: Row | null;
    lost: LostWorker | null;
    state: State | "lost";
    age: number | null;
    longestQueue: number;
}

export interface CellBox {
    x: number;
    y: number;
    width: number;
    height: number;
}

export interface CellLook {
    form: CellForm;
    measure: MeasureName;
    palette: Palette;
    faded: boolean;
    selected: boolean;
    cursor: boolean;
}

const CARD_GAUGE = 14;
/// Of a small cell and its gauge: within it without a clip, of which a thousand cost a frame.
export const CORNER = 2;

export function gaugeOf({ x, y, width, height }: CellBox, share: number): CellBox {
    const filled = Math.max(1.5, share * height);
    return { x, y: y + height - filled, width, height: filled };
}

/// Whether nothing but its gauge is to be drawn of it.
export function isPlain({ row, state }: FieldCell, look: CellLook): boolean {
    return look.form === "sign" && row !== null && state === "fresh" &&
        row.worker.flags.length === 0 && !look.faded && !look.selected && !look.cursor;
}

const FADE: Record<string, number> = { fresh: 1, late: 0.75, stale: 0.42, unknown: 1, lost: 1 };

export function drawCell(
    context: CanvasRenderingContext2D, cell: FieldCell, box: CellBox, look: CellLook,
): void {
    const { palette } = look;
    const { x, y, width, height } = box;
    const radius = look.form === "sign" ? CORNER : 5;
    const dimmed = look.faded ? 0.16 : 1;
    context.globalAlpha = dimmed;
    if (cell.row === null) {
        drawGhost(context, cell, box, look);
        context.globalAlpha = 1;
        return;
    }
    const { worker } = cell.row;
    const mark = markOf(cell.state as State, worker.flags);
    const share = shareOf(worker.load, look.measure, cell.longestQueue);
    rounded(context, x, y, width, height, radius);
    context.fillStyle = palette.empty;
    context.fill();
    // A card has words: its gauge is a column beside them.
    const column = look.form === "card" ? { ...box, width: CARD_GAUGE } : box;
    if (look.form === "card") {
        context.globalAlpha = dimmed * 0.5;
        rounded(context, x, y, CARD_GAUGE, height, radius);
        context.fillStyle = palette.line;
        context.fill();
        context.globalAlpha = dimmed;
    }
    if (share === null) {
        hatch(context, column, radius, palette.line);
    } else {
        context.globalAlpha = dimmed * (FADE[cell.state] ?? 1);
        const gauge = gaugeOf(column, share);
        // Level on top, unless it is full.
        const top = Math.max(0, radius - (height - gauge.height));
        context.beginPath();
        context.roundRect(gauge.x, gauge.y, gauge.width, gauge.height,
                          [top, top, radius, radius]);
        context.fillStyle = palette.load[stepOf(share, LOAD_STEPS)] ?? palette.accent;
        context.fill();
        context.globalAlpha = dimmed;
    }
    if (look.form !== "sign") drawWords(context, cell, box, look, share, mark);
    else if (mark.sign !== "") drawSign(context, mark, box, look);
    if (mark.tone === "bad" || mark.tone === "warning") {
        frame(context, box, radius, palette[mark.tone], 1.5);
    }
    if (look.selected) frame(context, box, radius, palette.text, 2);
    if (look.cursor) frame(context, box, radius + 1, palette.accent, 2.5);
    context.globalAlpha = 1;
}

function drawGhost(
    context: CanvasRenderingContext2D, cell: FieldCell, box: CellBox, look: CellLook,
): void {
    const { palette } = look;
    context.setLineDash([3, 3]);
    frame(context, box, 3, look.selected || look.cursor ? palette.accent : palette.dim, 1);
    context.setLineDash([]);
    context.fillStyle = palette.dim;
    context.textAlign = "center";
    context.textBaseline = "middle";
    const [cx, cy] = [box.x + box.width / 2, box.y + box.height / 2];
    context.font = `600 ${look.form === "sign" ? 11 : 12}px ${palette.font}`;
    const name = shortId(cell.id, cell.lost?.component ?? "");
    context.fillText(look.form === "card" ? `× ${name} lost` : "×", cx, cy);
}

function drawWords(
    context: CanvasRenderingContext2D, cell: FieldCell, box: CellBox, look: CellLook,
    share: number | null, mark: Mark,
): void {
    const { palette } = look;
    const worker = (cell.row as Row).worker;
    const { load } = worker;
    const pad = look.form === "card" ? 9 : 4;
    const left = box.x + pad + (look.form === "card" ? CARD_GAUGE : 0);
    const right = box.x + box.width - pad;
    const name = shortId(worker.id, worker.component);
    const big = look.measure === "kv" ? percentText(load.kv_usage, 0)
        : look.measure === "running" ? countText(load.running) : countText(load.waiting);
    // What a line lies upon: in a small cell the gauge covers it from a height on.
    const on = (baseline: number): string =>
        look.form === "name" && share !== null && box.y + box.height * (1 - share) < baseline - 5
            ? (palette.onLoad[stepOf(share, LOAD_STEPS)] ?? palette.text) : palette.text;
    const write = (text: string, font: string, baseline: number, align: CanvasTextAlign): void => {
        context.font = `${font} ${palette.font}`;
        context.fillStyle = on(baseline);
        context.textAlign = align;
        context.fillText(text, align === "right" ? right : left, baseline, right - left);
    };
    context.textBaseline = "alphabetic";
    if (look.form === "name") {
        write(big, "600 12px", box.y + box.height - 6, "left");
        if (mark.sign !== "") write(mark.sign, "700 12px", box.y + box.height - 6, "right");
        if (box.height > 38) write(name.slice(-7), "400 10px", box.y + 14, "left");
        return;
    }
    write(name, "600 11px", box.y + 17, "left");
    const state = mark.sign === "" ? ageText(cell.age) : `${mark.sign} ${mark.words}`;
    write(state, mark.sign === "" ? "400 11px" : "700 11px", box.y + 17, "right");
    const second = box.height > 75 ? box.y + 45 : box.y + 40;
    write(big, "600 19px", second, "left");
    const queue = load.waiting === null ? "queue –" : `queue ${countText(load.waiting)}`;
    write(queue, "400 11px", second, "right");
    const third = box.y + box.height - 9;
    write(`run ${ratioText(load.running, load.slots)}`, "400 11px", third, "left");
    if (mark.sign !== "" && box.width > 150) write(ageText(cell.age), "400 11px", third, "right");
}

function drawSign(
    context: CanvasRenderingContext2D, mark: Mark, box: CellBox, look: CellLook,
): void {
    const { palette } = look;
    const size = Math.min(box.height - 3, 15);
    const [cx, cy] = [box.x + box.width / 2, box.y + box.height / 2];
    context.fillStyle = palette.panel;
    context.beginPath();
    context.arc(cx, cy, Math.min(box.width, box.height) / 2 - 2, 0, 7);
    context.fill();
    context.font = `700 ${size}px ${palette.font}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillStyle = mark.tone === "bad" ? palette.bad
        : mark.tone === "warning" ? palette.warning : palette.text;
    context.fillText(mark.sign, cx, cy + 0.5);
}

function rounded(
    context: CanvasRenderingContext2D, x: number, y: number, w: number, h: number, r: number,
): void {
    context.beginPath();
    context.roundRect(x, y, w, h, Math.min(r, w / 2, h / 2));
}

function frame(
    context: CanvasRenderingContext2D, box: CellBox, radius: number, color: string, line: number,
): void {
    const inset = line / 2;
    rounded(context, box.x + inset, box.y + inset, box.width - line, box.height - line, radius);
    context.strokeStyle = color;
    context.lineWidth = line;
    context.stroke();
}

function hatch(
    context: CanvasRenderingContext2D, box: CellBox, radius: number, color: string,
): void {
    context.save();
    rounded(context, box.x, box.y, box.width, box.height, radius);
    context.clip();
    context.strokeStyle = color;
    context.lineWidth = 1;
    context.beginPath();
    for (let at = -box.height; at < box.width; at += 5) {
        context.moveTo(box.x + at, box.y + box.height);
        context.lineTo(box.x + at + box.height, box.y);
    }
    context.stroke();
    context.restore();
}
