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

const FORMS: readonly { form: CellForm; width: number; height: number; gap: number }[] = [
    { form: "card", width: 172, height: 84, gap: 8 },
    { form: "card", width: 128, height: 68, gap: 6 },
    { form: "name", width: 68, height: 44, gap: 4 },
    { form: "name", width: 50, height: 34, gap: 3 },
    { form: "sign", width: 30, height: 30, gap: 3 },
    { form: "sign", width: 24, height: 24, gap: 2 },
    { form: "sign", width: 19, height: 20, gap: 2 },
    { form: "sign", width: 14, height: 16, gap: 2 },
];
const TITLE_HEIGHT = 20;

/// The largest cells with which all of it is at most `room` high; the smallest if none are.
export function layOut(groups: FieldGroup[], width: number, room: number): FieldLayout {
    let layout: FieldLayout | null = null;
    for (const form of FORMS) {
        layout = withForm(groups, width, form);
        if (layout.total <= room) return layout;
    }
    return layout as FieldLayout;
}

function withForm(groups: FieldGroup[], width: number, form: typeof FORMS[number]): FieldLayout {
    const { gap, height } = form;
    const most = Math.max(1, ...groups.map((group) => group.count));
    const fitting = Math.max(1, Math.floor((width + gap) / (form.width + gap)));
    // Few workers stand in lines of one length, and do not stretch over a wide screen: cells grow
    // by half at most.
    const columns = form.form === "card" ? Math.ceil(most / Math.ceil(most / fitting)) : fitting;
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
            cells.push({ x: column * (cellWidth + gap), y: y + line * (height + gap) });
        }
        y += Math.ceil(group.count / columns) * (height + gap) + (groups.length > 1 ? 4 : 0);
    }
    return { form: form.form, width: cellWidth, height, gap, cells, titles, total: y };
}
