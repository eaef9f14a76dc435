// Sizes: how large elements are, without asking the browser at every redraw: a question for a size
// after something was written makes it lay out the page at once.

export interface Size {
    width: number;
    height: number;
}

const PAPER_WIDTH = 700;
let widthMax = Infinity;
const sizes = new WeakMap<Element, Size>();
let moved: () => void = () => undefined;
const observer = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) {
        const { width, height: tall } = contentRect;
        // What is not laid out has no size yet: it is asked for once it is drawn.
        if (width === 0 && tall === 0) sizes.delete(target);
        else sizes.set(target, { width, height: tall });
    }
    moved();
});
let height: number | null = null;
window.addEventListener("resize", () => { height = null; });

/// Called back when a size changed.
export function onSizes(changed: () => void): void {
    moved = changed;
}

/// To be called early: then the size is known when it is needed.
export function watchSize(node: Element): void {
    observer.observe(node);
}

/// Without padding and frame; on paper not wider than that. REQUIRES: watchSize.
export function sizeOf(node: Element): Size {
    let size = sizes.get(node);
    if (!size) {
        size = { width: node.clientWidth, height: node.clientHeight };
        sizes.set(node, size);
    }
    return size.width > widthMax ? { width: widthMax, height: size.height } : size;
}

/// From now on for paper, whose width nobody tells before it is printed: A4 upright, or a letter.
export function measureForPaper(on: boolean): void {
    widthMax = on ? PAPER_WIDTH : Infinity;
}

export function windowHeight(): number {
    height ??= window.innerHeight;
    return height;
}
