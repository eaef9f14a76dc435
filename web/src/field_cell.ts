// One cell of the field, drawn.
//
// The gauge fills from below; unknown load is hatched, never empty. Late and stale cells fade; what
// is wrong has a frame and a sign.
import { mix } from "./contrast";
import type { CellForm } from "./field_layout";
import { drawWords, WordsGround } from "./field_words";
import type { LostWorker, State } from "./fleet_types";
import { MeasureName, shareOf, stepOf } from "./load_measure";
import { LOAD_STEPS, Palette } from "./palette";
import type { Row } from "./row";
import { Mark, markOf } from "./worker_marks";
import { shortId } from "./words";

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
/// Round corners are for cells with words.
const CORNER = 5;

export function gaugeOf({ x, y, width, height }: CellBox, share: number): CellBox {
    // Whole pixels: between colours there is no third on which words would be lost.
    const filled = Math.max(1, Math.round(share * height));
    return { x, y: y + height - filled, width, height: filled };
}

/// Whether nothing but its gauge is to be drawn of it.
export function isPlain({ row, state }: FieldCell, look: CellLook): boolean {
    return look.form === "sign" && row !== null && state === "fresh" &&
        row.worker.flags.length === 0 && !look.faded && !look.selected && !look.cursor;
}

/// How much of its colour what is old keeps.
const FADE: Record<string, number> = { fresh: 1, late: 0.75, stale: 0.42, unknown: 1, lost: 1 };
/// And what is not among those looked for.
const DIMMED = 0.16;

export function drawCell(
    context: CanvasRenderingContext2D, cell: FieldCell, box: CellBox, look: CellLook,
): void {
    const { palette } = look;
    const { x, y, width, height } = box;
    const radius = look.form === "sign" ? 0 : CORNER;
    const dimmed = look.faded ? DIMMED : 1;
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
    if (share === null) hatch(context, column, radius, palette.line);
    else drawGauge(context, cell, column, look, share);
    context.globalAlpha = dimmed;
    if (look.form === "sign" && mark.sign !== "") drawSign(context, mark, box, look);
    if (mark.tone === "bad" || mark.tone === "warning") {
        frame(context, box, radius, palette[mark.tone], 1.5);
    }
    context.globalAlpha = 1;
    if (look.selected) frame(context, box, radius, palette.text, 2);
    if (look.cursor) frame(context, box, radius + 1, palette.accent, 2.5);
    if (look.form === "sign") return;
    const pad = look.form === "card" ? 9 : 4;
    const left = x + pad + (look.form === "card" ? CARD_GAUGE : 0);
    const room = { x: left, y, width: x + width - pad - left, height };
    drawWords(context, cell, room, look, mark, groundOf(cell, box, look, share));
}

function drawGauge(
    context: CanvasRenderingContext2D, cell: FieldCell, column: CellBox, look: CellLook,
    share: number,
): void {
    const { palette } = look;
    const radius = look.form === "sign" ? 0 : CORNER;
    context.globalAlpha = (look.faded ? DIMMED : 1) * (FADE[cell.state] ?? 1);
    const gauge = gaugeOf(column, share);
    // Level on top, unless it is full.
    const top = Math.max(0, radius - (column.height - gauge.height));
    context.beginPath();
    context.roundRect(gauge.x, gauge.y, gauge.width, gauge.height, [top, top, radius, radius]);
    context.fillStyle = palette.load[stepOf(share, LOAD_STEPS)] ?? palette.accent;
    context.fill();
}

/// What its words lie upon, as the eye sees it.
function groundOf(
    cell: FieldCell, box: CellBox, { palette, form, faded }: CellLook, share: number | null,
): WordsGround {
    const dimmed = faded ? DIMMED : 1;
    const upper = mix(palette.ground, palette.empty, dimmed);
    if (form === "card") return { upper, lower: upper, level: box.y };
    // Hatched: the lines are what is darkest, and behind every letter.
    if (share === null) {
        const lines = mix(upper, palette.line, dimmed);
        return { upper: lines, lower: lines, level: box.y };
    }
    const color = palette.load[stepOf(share, LOAD_STEPS)] ?? palette.accent;
    const lower = mix(upper, color, dimmed * (FADE[cell.state] ?? 1));
    return { upper, lower, level: gaugeOf(box, share).y };
}

function drawGhost(
    context: CanvasRenderingContext2D, cell: FieldCell, box: CellBox, look: CellLook,
): void {
    const { palette } = look;
    context.setLineDash([3, 3]);
    frame(context, box, 3, look.selected || look.cursor ? palette.accent : palette.dim, 1);
    context.setLineDash([]);
    context.globalAlpha = 1;
    context.fillStyle = palette.dim;
    context.textAlign = "center";
    context.textBaseline = "middle";
    const [cx, cy] = [box.x + box.width / 2, box.y + box.height / 2];
    context.font = `600 ${look.form === "sign" ? 11 : 12}px ${palette.font}`;
    const name = shortId(cell.id, cell.lost?.component ?? "");
    context.fillText(look.form === "card" ? `× ${name} lost` : "×", cx, cy);
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
