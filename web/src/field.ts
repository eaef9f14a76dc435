// Field: every worker as a small gauge; height and colour are its load, a sign is its state.
//
// Readable without colour: the height says the load, a sign and a frame the state. What is old
// fades. One canvas; the pointer and the arrow keys find workers in it.
import { fitCanvas, byId, setAttr, setText } from "./dom";
import { drawCell, FieldCell, isPlain } from "./field_cell";
import { FieldLayout, layOut } from "./field_layout";
import { PlainCells } from "./field_plain";
import { MeasureName, shareOf } from "./load_measure";
import type { Palette } from "./palette";
import { ageIn, Picture, stateIn } from "./picture";
import type { Row } from "./row";
import { sizeOf, watchSize, windowHeight } from "./sizes";
import { FieldTip } from "./field_tip";

/// Of the lost of one component so many are shown, newest first.
const GHOSTS_MAX = 24;

export interface FieldInput {
    picture: Picture;
    chosen: Set<Row> | null;
    measure: MeasureName;
    selected: string | null;
    palette: Palette;
}

export class Field {
    private readonly box = byId("field");
    private readonly canvas = byId<HTMLCanvasElement>("field-canvas");
    private readonly tip: FieldTip;
    private cells: FieldCell[] = [];
    private layout: FieldLayout | null = null;
    private cursor: string | null = null;
    private input: FieldInput | null = null;

    constructor(private readonly open: (id: string) => void) {
        this.tip = new FieldTip(this.box);
        watchSize(this.box);
        this.box.addEventListener("pointermove", (event) => this.point(event));
        this.box.addEventListener("pointerleave", () => this.tip.hide());
        this.box.addEventListener("click", (event) => {
            const cell = this.cellAt(event);
            if (cell) this.open(cell.id);
        });
        this.box.addEventListener("keydown", (event) => this.onKey(event));
        this.box.addEventListener("focus", () => this.moveTo(this.cursorIndex()));
        this.box.addEventListener("blur", () => {
            this.tip.hide();
            this.redraw();
        });
    }

    draw(input: FieldInput): void {
        this.input = input;
        const groups = this.collect(input.picture);
        const { width } = sizeOf(this.box);
        const room = Math.max(220, Math.min(windowHeight() * 0.42, 560));
        this.layout = layOut(groups, width, room);
        setAttr(this.box, "aria-label", this.words(input.picture));
        const height = Math.max(40, this.layout.total);
        if (this.canvas.style.height !== `${height}px`) this.canvas.style.height = `${height}px`;
        this.redraw();
        this.tip.refresh(this.cells.find((cell) => cell.id === this.tip.shown), input.picture);
    }

    private collect(picture: Picture): { title: string; count: number }[] {
        const longest = picture.store.head?.stats.waiting.max ?? 0;
        const byComponent = new Map<string, FieldCell[]>();
        const cellsOf = (component: string): FieldCell[] => {
            const known = byComponent.get(component) ?? [];
            byComponent.set(component, known);
            return known;
        };
        for (const row of picture.store.rows) {
            cellsOf(row.worker.component).push({
                id: row.worker.id, row, lost: null, state: stateIn(picture, row),
                age: ageIn(picture, row), longestQueue: longest,
            });
        }
        const ghosts = new Map<string, number>();
        for (let i = picture.store.lost.length - 1; i >= 0; --i) {
            const lost = picture.store.lost[i];
            if (!lost) continue;
            const shown = ghosts.get(lost.component) ?? 0;
            if (shown >= GHOSTS_MAX) continue;
            ghosts.set(lost.component, shown + 1);
            cellsOf(lost.component).push({
                id: lost.id, row: null, lost, state: "lost", age: null, longestQueue: longest,
            });
        }
        this.cells = [...byComponent.values()].flat();
        return [...byComponent].map(([title, cells]) => ({ title, count: cells.length }));
    }

    private redraw(): void {
        const { input, layout } = this;
        if (!input || !layout) return;
        const { palette } = input;
        const context = fitCanvas(this.canvas, sizeOf(this.box).width,
                                  Math.max(40, layout.total));
        if (!context) return;
        if (layout.titles.length > 0) drawTitles(context, layout, palette);
        const focused = document.activeElement === this.box;
        const { form, width, height } = layout;
        const plain = new PlainCells();
        const others: (() => void)[] = [];
        this.cells.forEach((cell, i) => {
            const at = layout.cells[i];
            if (!at) return;
            const box = { x: at.x, y: at.y, width, height };
            const look = {
                form, measure: input.measure, palette,
                faded: input.chosen !== null && (cell.row === null || !input.chosen.has(cell.row)),
                selected: cell.id === input.selected,
                cursor: focused && cell.id === this.cursor,
            };
            const share = isPlain(cell, look) && cell.row
                ? shareOf(cell.row.worker.load, input.measure, cell.longestQueue) : null;
            if (share !== null) plain.add(box, share);
            else others.push(() => drawCell(context, cell, box, look));
        });
        plain.draw(context, palette);
        // Theirs are frames and signs: above.
        for (const draw of others) draw();
    }

    private words(picture: Picture): string {
        const count = picture.store.rows.length;
        return `Field of ${count} workers: arrow keys go from one to the next, Enter opens it`;
    }

    private cellAt(event: MouseEvent): FieldCell | undefined {
        const { layout } = this;
        if (!layout) return undefined;
        const box = this.canvas.getBoundingClientRect();
        const [x, y] = [event.clientX - box.left, event.clientY - box.top];
        const { width, height } = layout;
        const i = layout.cells.findIndex((at) =>
            x >= at.x && x < at.x + width && y >= at.y && y < at.y + height);
        return this.cells[i];
    }

    private point(event: PointerEvent): void {
        const cell = this.cellAt(event);
        this.box.classList.toggle("pointing", cell !== undefined);
        if (!cell || !this.input) this.tip.hide();
        else this.tip.show(cell, this.input.picture, event.clientX, event.clientY);
    }

    private cursorIndex(): number {
        const i = this.cells.findIndex((cell) => cell.id === this.cursor);
        return i < 0 ? 0 : i;
    }

    private onKey(event: KeyboardEvent): void {
        const { layout } = this;
        if (!layout || this.cells.length === 0) return;
        const at = this.cursorIndex();
        const columns = Math.max(1, layout.cells.filter((c) => c.y === layout.cells[0]?.y).length);
        const moves: Record<string, number> = {
            ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + columns, ArrowUp: at - columns,
            Home: 0, End: this.cells.length - 1,
        };
        const next = moves[event.key];
        if (next !== undefined) this.moveTo(Math.min(this.cells.length - 1, Math.max(0, next)));
        else if (event.key === "Enter" || event.key === " ") this.open(this.cells[at]?.id ?? "");
        else return;
        event.preventDefault();
    }

    private moveTo(index: number): void {
        const cell = this.cells[index];
        const at = this.layout?.cells[index];
        if (!cell || !at || !this.input) return;
        this.cursor = cell.id;
        const box = this.canvas.getBoundingClientRect();
        const { width, height } = this.layout as FieldLayout;
        this.tip.show(cell, this.input.picture, box.left + at.x + width / 2,
                      box.top + at.y + height);
        setText(byId("field-now"), this.tip.words);
        this.redraw();
    }
}

function drawTitles(
    context: CanvasRenderingContext2D, layout: FieldLayout, palette: Palette,
): void {
    context.font = `600 11px ${palette.font}`;
    context.fillStyle = palette.dim;
    context.textAlign = "left";
    context.textBaseline = "alphabetic";
    for (const { text, y } of layout.titles) context.fillText(text, 0, y);
}
