// FieldLayout: where each worker stands in the field, and how large.
//
// Pure. Workers stand in the order of their ids, component by component, so that the eye learns
// where each one is; the lost of a component stand behind its living.

/// How much a cell has room for: a card with numbers, the short name, a sign.
export type CellForm = "card" | "name" | "sign";

export interface Cell {
    x: number;
    y: number;
}

export interface FieldLayout {
    form: CellForm;
    width: number;
    height: number;
    gap: number;
    cells: Cell[];
    titles: { text: string; y: number }[];
    total: number;
}

export interface FieldGroup {
    title: string;
    count: number;
}

interface Form {
    form: CellForm;
    width: number;
    height: number;
    gap: number;
}

const FORMS: readonly Form[] = [
    { form: "card", width: 172, height: 84, gap: 8 },
    { form: "card", width: 128, height: 68, gap: 6 },
    { form: "name", width: 68, height: 44, gap: 4 },
    { form: "name", width: 50, height: 34, gap: 3 },
    { form: "sign", width: 30, height: 30, gap: 3 },
    { form: "sign", width: 24, height: 24, gap: 2 },
    { form: "sign", width: 19, height: 20, gap: 2 },
];
const SMALLEST: Form = { form: "sign", width: 14, height: 16, gap: 2 };
const TITLE_HEIGHT = 20;
const GROUP_GAP = 4;

/// The largest cells with which all of it is at most `room` high; the smallest if none are.
export function layOut(groups: FieldGroup[], width: number, room: number): FieldLayout {
    const form = FORMS.find((one) => heightOf(groups, columnsOf(groups, width, one), one) <= room)
        ?? SMALLEST;
    return withForm(groups, width, form);
}

function columnsOf(groups: FieldGroup[], width: number, { form, gap, ...cell }: Form): number {
    const most = Math.max(1, ...groups.map((group) => group.count));
    const fitting = Math.max(1, Math.floor((width + gap) / (cell.width + gap)));
    // Few workers stand in lines of one length, and do not stretch over a wide screen.
    return form === "card" ? Math.ceil(most / Math.ceil(most / fitting)) : fitting;
}

function heightOf(groups: FieldGroup[], columns: number, { height, gap }: Form): number {
    const titled = groups.length > 1;
    return groups.reduce((total, { count }) => total +
        Math.ceil(count / columns) * (height + gap) + (titled ? TITLE_HEIGHT + GROUP_GAP : 0), 0);
}

function withForm(groups: FieldGroup[], width: number, form: Form): FieldLayout {
    const { gap, height } = form;
    const columns = columnsOf(groups, width, form);
    // Cells grow by half at most.
    const stretched = (width + gap) / columns - gap;
    const cellWidth = form.form === "card" ? Math.min(stretched, form.width * 1.5) : stretched;
    const cells: Cell[] = [];
    const titles: { text: string; y: number }[] = [];
    let y = 0;
    for (const group of groups) {
        if (groups.length > 1) {
            titles.push({ text: group.title, y: y + TITLE_HEIGHT - 7 });
            y += TITLE_HEIGHT;
        }
        for (let i = 0; i < group.count; ++i) {
            const [column, line] = [i % columns, Math.floor(i / columns)];
            // On whole pixels: nothing is blurred, and nothing blended.
            const x = Math.round(column * (cellWidth + gap));
            cells.push({ x, y: y + line * (height + gap) });
        }
        y += Math.ceil(group.count / columns) * (height + gap);
        if (groups.length > 1) y += GROUP_GAP;
    }
    return { form: form.form, width: Math.floor(cellWidth), height, gap, cells, titles, total: y };
}
