// FieldWords: what is written in a cell of the field, each letter in a colour that can be read on
// what lies behind it: a gauge in its fading colour, the cell's ground, or both.
import { inkOn } from "./contrast";
import type { CellBox, CellLook, FieldCell } from "./field_cell";
import type { Row } from "./row";
import type { Mark } from "./worker_marks";
import { ageText, countText, percentText, ratioText, shortId } from "./words";

/// What lies behind words: `upper` down to `level`, `lower` below it.
export interface WordsGround {
    upper: string;
    lower: string;
    level: number;
}

type Side = "left" | "right";

/// Between two words on one line.
const SPACE = 5;

/// The first that is not wider than `room`, the fullest first; nothing if none fits.
export function fitting(
    choices: readonly string[], room: number, widthOf: (text: string) => number,
): string {
    return choices.find((text) => widthOf(text) <= room) ?? "";
}

/// `room`: where words may stand.
export function drawWords(
    context: CanvasRenderingContext2D, cell: FieldCell, room: CellBox, look: CellLook,
    mark: Mark, ground: WordsGround,
): void {
    const { worker } = cell.row as Row;
    const { load } = worker;
    const { x: left, y: top, height } = room;
    const right = left + room.width;
    const { palette } = look;
    const wished = look.faded ? palette.dim : palette.text;
    const write = (text: string, weight: number, size: number, baseline: number, side: Side) => {
        context.font = `${weight} ${size}px ${palette.font}`;
        context.textAlign = side;
        const fill = (under: string): void => {
            context.fillStyle = inkOn(under, wished);
            context.fillText(text, side === "left" ? left : right, baseline, right - left);
        };
        const { upper, lower, level } = ground;
        const [begins, ends] = [baseline - size, baseline + size / 3];
        const same = inkOn(upper, wished) === inkOn(lower, wished);
        if (same || level >= ends) fill(upper);
        else if (level <= begins) fill(lower);
        else {
            within(context, left, begins, room.width, level - begins, () => fill(upper));
            within(context, left, level, room.width, ends - level, () => fill(lower));
        }
    };
    /// Beside what was written last, which stands on the left: it may take what is left over.
    const writeBeside = (
        beside: string, choices: readonly string[], weight: number, baseline: number,
    ): void => {
        const taken = context.measureText(beside).width + SPACE;
        context.font = `${weight} 11px ${palette.font}`;
        const text = fitting(choices, right - left - taken,
                             (words) => context.measureText(words).width);
        if (text !== "") write(text, weight, 11, baseline, "right");
    };
    const name = shortId(worker.id, worker.component);
    const figure = look.measure === "kv" ? percentText(load.kv_usage, 0)
        : countText(look.measure === "running" ? load.running : load.waiting);
    context.textBaseline = "alphabetic";
    if (look.form === "name") {
        const last = top + height - 6;
        write(figure, 600, 12, last, "left");
        if (mark.sign !== "") write(mark.sign, 700, 12, last, "right");
        if (height > 38) write(name.slice(-7), 400, 10, top + 14, "left");
        return;
    }
    const well = mark.sign === "";
    const age = ageText(cell.age);
    const states = well ? [age] : [`${mark.sign} ${mark.words}`, mark.sign];
    write(name, 600, 11, top + 17, "left");
    writeBeside(name, states, well ? 400 : 700, top + 17);
    const second = top + (height > 75 ? 45 : 40);
    write(figure, 600, 19, second, "left");
    const queue = countText(load.waiting);
    writeBeside(figure, [`queue ${queue}`, `q ${queue}`], 400, second);
    const third = top + height - 9;
    const running = `run ${ratioText(load.running, load.slots)}`;
    write(running, 400, 11, third, "left");
    if (!well) writeBeside(running, [age], 400, third);
}

function within(
    context: CanvasRenderingContext2D, x: number, y: number, width: number, height: number,
    draw: () => void,
): void {
    context.save();
    context.beginPath();
    context.rect(x, y, width, height);
    context.clip();
    draw();
    context.restore();
}
