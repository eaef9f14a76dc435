// What browsers have and Debian's TypeScript does not know of yet.
interface CanvasRenderingContext2D {
    roundRect(x: number, y: number, w: number, h: number, radii: number | number[]): void;
}
