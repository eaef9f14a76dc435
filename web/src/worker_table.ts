// WorkerTable: the rows of the workers that were chosen, in order; only those in sight are in the
// page, however many there are.
//
// The cursor (arrow keys) stays with its worker, whatever the order. Rows change places at most
// every two seconds by themselves, so that one can read.
import { button, byId, el, setAttr, setText } from "./dom";
import type { Palette } from "./palette";
import { Picture, stateIn } from "./picture";
import type { Row } from "./row";
import { sizeOf, watchSize } from "./sizes";
import { CellInput, COLUMNS } from "./table_columns";
import { markOf } from "./worker_marks";
import { choose, Choice, Order, SortKey, sortRows } from "./worker_order";

export const ROW_HEIGHT = 30;
const SPARE_ROWS = 4;
const RESORT_MS = 2000;
/// So many are printed.
const PRINTED_MAX = 1000;

interface TableRow {
    element: HTMLElement;
    cells: HTMLElement[];
    shows: Row | null;
}

export interface TableInput {
    picture: Picture;
    choice: Choice;
    order: Order;
    palette: Palette;
    trailMoved: boolean;
}

export class WorkerTable {
    /// In the order shown.
    rows: Row[] = [];
    private readonly grid = byId("grid");
    private readonly head = el("div", "grid-head");
    private readonly body = el("div", "grid-body");
    private readonly pool: TableRow[] = [];
    private input: TableInput | null = null;
    private sortedAt = -Infinity;
    private sortedBy = "";
    /// All rows are to be there, not only those in sight.
    printing = false;
    private top = 0;

    /// `selected`: the worker that is looked at; whoever opens it knows.
    constructor(
        private readonly selected: () => string | null,
        private readonly open: (id: string) => void,
        private readonly sort: (key: SortKey) => void,
    ) {
        setAttr(this.grid, "role", "grid");
        setAttr(this.grid, "aria-labelledby", "workers-title");
        setAttr(this.grid, "aria-colcount", String(COLUMNS.length));
        this.grid.tabIndex = 0;
        setAttr(this.head, "role", "row");
        setAttr(this.head, "aria-rowindex", "1");
        setAttr(this.body, "role", "rowgroup");
        const group = el("div");
        setAttr(group, "role", "rowgroup");
        group.className = "grid-head-group";
        group.append(this.head);
        for (const column of COLUMNS) {
            const cell = el("div", `c-${column.name}`);
            setAttr(cell, "role", "columnheader");
            const key = column.sort;
            if (key) cell.append(button("", column.title, () => this.sort(key)));
            else cell.append(el("span", "", column.title));
            this.head.append(cell);
        }
        this.grid.append(group, this.body);
        watchSize(this.grid);
        this.grid.addEventListener("scroll", () => {
            this.top = this.grid.scrollTop;
            this.paint();
        }, { passive: true });
        this.grid.addEventListener("keydown", (event) => this.onKey(event));
    }

    draw(input: TableInput): void {
        this.input = input;
        this.arrange(input);
        for (const [i, column] of COLUMNS.entries()) {
            const cell = this.head.children[i];
            if (!cell || !column.sort) continue;
            const sorted = column.sort === input.order.key;
            const down = (column.sort === "id" || column.sort === "model") === input.order.turned;
            setAttr(cell, "aria-sort", !sorted ? "none" : down ? "descending" : "ascending");
        }
        const all = input.picture.store.rows.length;
        const { rows } = this;
        setText(byId("workers-count"),
                rows.length === all ? String(all) : `${rows.length} of ${all}`);
        setAttr(this.grid, "aria-rowcount", String(rows.length + 1));
        this.paint();
    }

    private arrange(input: TableInput): void {
        const { order, picture } = input;
        const chosen = choose(picture.store.rows, input.choice, picture);
        // Who went from one state to another is moved at once.
        let marks = 0;
        chosen.forEach((row, i) => {
            marks += markOf(stateIn(picture, row), row.worker.flags).rank * (i + 1);
        });
        const by = `${order.key} ${order.turned} ${picture.standing} ${marks}`;
        const due = picture.now - this.sortedAt >= RESORT_MS || picture.now < this.sortedAt;
        const same = chosen.length === this.rows.length && by === this.sortedBy;
        if (same && !due) {
            const kept = new Set(this.rows);
            if (chosen.every((row) => kept.has(row))) return;
        }
        this.rows = sortRows(chosen, order, picture);
        this.sortedAt = picture.now;
        this.sortedBy = by;
    }

    private paint(): void {
        const { input, rows } = this;
        if (!input) return;
        const height = `${rows.length * ROW_HEIGHT}px`;
        if (this.body.style.height !== height) this.body.style.height = height;
        const seen = Math.ceil(sizeOf(this.grid).height / ROW_HEIGHT) + SPARE_ROWS;
        const count = Math.min(rows.length, this.printing ? PRINTED_MAX : seen);
        const first = this.printing ? 0
            : Math.max(0, Math.min(rows.length - count,
                                   Math.floor(this.top / ROW_HEIGHT)));
        while (this.pool.length < count) this.pool.push(this.newRow());
        const selected = this.selected();
        const longestQueue = input.picture.store.head?.stats.waiting.max ?? 0;
        this.pool.forEach((shown, i) => {
            const row = i < count ? rows[first + i] : undefined;
            if (!row) {
                if (shown.element.parentElement) shown.element.remove();
                shown.shows = null;
                return;
            }
            if (!shown.element.parentElement) this.body.append(shown.element);
            this.fill(shown, first + i, {
                row, picture: input.picture, palette: input.palette, longestQueue,
                trailMoved: input.trailMoved || shown.shows !== row,
            }, row.worker.id === selected);
        });
        const active = selected === null ? undefined
            : this.pool.find((shown) => shown.shows?.worker.id === selected);
        setAttr(this.grid, "aria-activedescendant", active?.element.id ?? null);
    }

    private fill(shown: TableRow, index: number, input: CellInput, selected: boolean): void {
        const { element } = shown;
        const top = `translateY(${index * ROW_HEIGHT}px)`;
        if (element.style.transform !== top) element.style.transform = top;
        setAttr(element, "aria-rowindex", String(index + 2));
        setAttr(element, "aria-selected", selected ? "true" : "false");
        setAttr(element, "data-even", index % 2 === 0 ? "" : null);
        shown.shows = input.row;
        COLUMNS.forEach((column, i) => {
            const cell = shown.cells[i];
            if (cell) column.update(cell, input);
        });
    }

    private newRow(): TableRow {
        const element = el("div", "grid-row");
        element.id = `row-${this.pool.length}`;
        setAttr(element, "role", "row");
        const cells = COLUMNS.map((column) => {
            const cell = el("div", `c-${column.name}`);
            setAttr(cell, "role", "gridcell");
            column.make(cell);
            element.append(cell);
            return cell;
        });
        const made: TableRow = { element, cells, shows: null };
        element.addEventListener("click", () => {
            if (made.shows) this.open(made.shows.worker.id);
        });
        return made;
    }

    private onKey(event: KeyboardEvent): void {
        if (event.target !== this.grid || !this.input || this.rows.length === 0) return;
        const selected = this.selected();
        const at = this.rows.findIndex((row) => row.worker.id === selected);
        const page = Math.max(1, Math.floor(this.grid.clientHeight / ROW_HEIGHT) - 2);
        const moves: Record<string, number> = {
            ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page,
            Home: 0, End: this.rows.length - 1,
        };
        const to = moves[event.key];
        if (to === undefined) return;
        event.preventDefault();
        const index = Math.min(this.rows.length - 1, Math.max(0, to));
        const row = this.rows[index];
        if (!row) return;
        this.show(index);
        this.open(row.worker.id);
    }

    private show(index: number): void {
        const top = index * ROW_HEIGHT;
        const room = this.grid.clientHeight - ROW_HEIGHT * 2;
        if (top < this.grid.scrollTop) this.grid.scrollTop = top;
        else if (top > this.grid.scrollTop + room) this.grid.scrollTop = top - room;
    }
}
