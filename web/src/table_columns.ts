// The columns of the table: title, order, and how a cell is brought up to date.
import { fitCanvas, setAttr, setText } from "./dom";
import { QUEUE_SCALE_MIN, shareOf, stepOf } from "./load_measure";
import { LOAD_STEPS, Palette } from "./palette";
import { ageIn, Picture, stateIn } from "./picture";
import { Row, TRAIL_SAMPLES } from "./row";
import { markOf } from "./worker_marks";
import type { SortKey } from "./worker_order";
import { ageText, countText, percentText, ratioText } from "./words";

export interface CellInput {
    row: Row;
    picture: Picture;
    palette: Palette;
    longestQueue: number;
    /// The trail has a new sample, or the cell another row.
    trailMoved: boolean;
}

export interface Column {
    name: string;
    title: string;
    /// What a click on the title sorts by; null: nothing.
    sort: SortKey | null;
    /// What a cell consists of.
    make(cell: HTMLElement): void;
    update(cell: HTMLElement, input: CellInput): void;
}

function text(say: (input: CellInput) => string): Pick<Column, "make" | "update"> {
    return {
        make: () => undefined,
        update: (cell, input) => setText(cell, say(input)),
    };
}

/// A number with a bar below it, as long as its share.
function bar(
    say: (input: CellInput) => string, share: (input: CellInput) => number | null,
): Pick<Column, "make" | "update"> {
    return {
        make: (cell) => {
            const words = document.createElement("span");
            const line = document.createElement("i");
            line.className = "bar-line";
            line.append(document.createElement("b"));
            cell.append(words, line);
        },
        update: (cell, input) => {
            const [words, line] = cell.children;
            if (!words || !line) return;
            setText(words, say(input));
            const part = share(input);
            const fill = line.firstElementChild as HTMLElement;
            line.classList.toggle("unknown", part === null);
            const scale = `scaleX(${(part ?? 0).toFixed(3)})`;
            if (fill.style.transform !== scale) fill.style.transform = scale;
            setAttr(fill, "data-step", part === null ? null : String(stepOf(part, LOAD_STEPS)));
        },
    };
}

export const COLUMNS: readonly Column[] = [
    {
        name: "id", title: "Worker", sort: "id",
        make: (cell) => {
            const name = document.createElement("span");
            name.className = "name";
            const own = document.createElement("span");
            own.className = "own";
            own.append(document.createElement("bdi"));
            name.append(document.createElement("span"), own);
            cell.append(document.createElement("span"), name);
        },
        update: (cell, { row, picture }) => {
            const mark = markOf(stateIn(picture, row), row.worker.flags);
            const [sign, name] = cell.children;
            const [component, own] = name?.children ?? [];
            if (!sign || !component || !own?.firstElementChild) return;
            setText(sign, mark.sign);
            setAttr(sign, "class", `mark ${mark.tone}`);
            // Its end tells a worker from its neighbours: the component gives way first, and then
            // the beginning (the style sheet turns the line round, the name in it stays).
            const { id } = row.worker;
            const prefix = `${row.worker.component}/`;
            const cut = id.startsWith(prefix) ? prefix.length : 0;
            setText(component, id.slice(0, cut));
            setText(own.firstElementChild, id.slice(cut));
            setAttr(cell, "title", row.worker.id);
        },
    },
    {
        name: "state", title: "State", sort: "state",
        make: () => undefined,
        update: (cell, { row, picture }) => {
            const state = stateIn(picture, row);
            const mark = markOf(state, row.worker.flags);
            const words = [state, ...row.worker.flags].join(", ");
            setText(cell, words);
            setAttr(cell, "data-tone", mark.tone);
        },
    },
    { name: "age", title: "Age", sort: "age",
      ...text(({ row, picture }) => ageText(ageIn(picture, row))) },
    { name: "running", title: "Running", sort: "running",
      ...bar(({ row }) => ratioText(row.worker.load.running, row.worker.load.slots),
             ({ row }) => shareOf(row.worker.load, "running", 0)) },
    { name: "queue", title: "Queue", sort: "queue",
      ...bar(({ row }) => countText(row.worker.load.waiting),
             ({ row, longestQueue }) =>
                 shareOf(row.worker.load, "queue", Math.max(QUEUE_SCALE_MIN, longestQueue))) },
    { name: "kv", title: "KV use", sort: "kv",
      ...bar(({ row }) => percentText(row.worker.load.kv_usage),
             ({ row }) => shareOf(row.worker.load, "kv", 0)) },
    {
        name: "trail", title: "KV 80 s", sort: null,
        make: (cell) => {
            const canvas = document.createElement("canvas");
            canvas.setAttribute("aria-hidden", "true");
            cell.append(canvas);
        },
        update: (cell, { row, palette, trailMoved }) => {
            // A context for each row costs the first picture more than all it shows.
            const canvas = cell.firstElementChild as HTMLCanvasElement;
            const any = canvas.hasAttribute("width") || row.trail.some(Number.isFinite);
            if (trailMoved && any) drawTrail(canvas, row, palette);
        },
    },
    { name: "model", title: "Model", sort: "model",
      ...text(({ row }) => row.worker.models.join(", ") || row.worker.engine || "–") },
    { name: "source", title: "Source", sort: null, ...text(({ row }) => row.worker.source ?? "–") },
];

const TRAIL_WIDTH = 80;
const TRAIL_HEIGHT = 18;

function drawTrail(canvas: HTMLCanvasElement, row: Row, palette: Palette): void {
    const context = fitCanvas(canvas, TRAIL_WIDTH, TRAIL_HEIGHT);
    if (!context) return;
    const step = TRAIL_WIDTH / TRAIL_SAMPLES;
    context.fillStyle = palette.accent;
    for (let i = 0; i < TRAIL_SAMPLES; ++i) {
        const share = row.trail[i] ?? NaN;
        if (Number.isNaN(share)) continue;
        const height = Math.max(1, Math.min(1, share) * TRAIL_HEIGHT);
        context.fillRect(i * step, TRAIL_HEIGHT - height, step - 0.5, height);
    }
}
