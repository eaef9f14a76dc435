// PlainCells: the cells of a large field with which nothing is the matter, drawn together, colour
// by colour, and with right angles. A thousand round ones cost the first picture more than
// everything else in it.
import { CellBox, gaugeOf } from "./field_cell";
import { stepOf } from "./load_measure";
import { LOAD_STEPS, Palette } from "./palette";

export class PlainCells {
    private readonly boxes: CellBox[] = [];
    private readonly gauges: CellBox[][] = Array.from({ length: LOAD_STEPS }, () => []);

    add(box: CellBox, share: number): void {
        this.boxes.push(box);
        this.gauges[stepOf(share, LOAD_STEPS)]?.push(gaugeOf(box, share));
    }

    draw(context: CanvasRenderingContext2D, palette: Palette): void {
        fillAll(context, this.boxes, palette.empty);
        this.gauges.forEach((gauges, step) => {
            fillAll(context, gauges, palette.load[step] ?? palette.accent);
        });
    }
}

function fillAll(context: CanvasRenderingContext2D, boxes: CellBox[], color: string): void {
    if (boxes.length === 0) return;
    context.fillStyle = color;
    for (const { x, y, width, height } of boxes) context.fillRect(x, y, width, height);
}
