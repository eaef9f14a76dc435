// FieldTip: what the cell under the pointer, or under the cursor, stands for.
import { byId, setHidden, setText } from "./dom";
import type { FieldCell } from "./field_cell";
import { ageIn, Picture } from "./picture";
import { markOf } from "./worker_marks";
import { ageText, between, countText, percentText, ratioText } from "./words";

export class FieldTip {
    shown: string | null = null;
    words = "";
    private readonly tip = byId("tip");

    constructor(private readonly box: HTMLElement) {}

    show(cell: FieldCell, picture: Picture, x: number, y: number): void {
        this.shown = cell.id;
        this.refresh(cell, picture);
        setHidden(this.tip, false);
        const { offsetWidth: width, offsetHeight: height } = this.tip;
        const left = Math.min(x + 14, document.documentElement.clientWidth - width - 8);
        const below = y + 18 + height < window.innerHeight;
        this.tip.style.left = `${Math.max(8, left)}px`;
        this.tip.style.top = `${below ? y + 18 : y - height - 12}px`;
    }

    hide(): void {
        this.shown = null;
        setHidden(this.tip, true);
        this.box.classList.remove("pointing");
    }

    refresh(cell: FieldCell | undefined, picture: Picture): void {
        if (!cell || this.shown !== cell.id) return;
        this.words = wordsOf(cell, picture);
        setText(this.tip, this.words);
    }
}

function wordsOf(cell: FieldCell, picture: Picture): string {
    if (cell.lost) {
        const ago = between(cell.lost.since, picture.store.head?.time ?? null);
        const when = ago === null ? "" : ` ${ageText(ago)} ago`;
        return `${cell.id}\nlost${when}: ${cell.lost.reason}`;
    }
    const row = cell.row;
    if (!row || cell.state === "lost") return cell.id;
    const { load, flags } = row.worker;
    const mark = markOf(cell.state, flags);
    const state = mark.words === cell.state ? cell.state : `${cell.state}, ${mark.words}`;
    return `${cell.id}\n${state}, age ${ageText(ageIn(picture, row))}\n` +
        `running ${ratioText(load.running, load.slots)} · queue ${countText(load.waiting)} · ` +
        `KV ${percentText(load.kv_usage)}`;
}
