// What browsers have, Debian's TypeScript does not know of, and what first_request.ts leaves.
interface Window {
    musterStream?: import("./stream_request").StreamRequest;
}
interface CanvasRenderingContext2D {
    roundRect(x: number, y: number, w: number, h: number, radii: number | number[]): void;
}
