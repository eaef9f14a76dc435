// Sizes: how large elements are, without asking the browser at every redraw: a question for a size
// after something was written makes it lay out the page at once.

export interface Size {
    width: number;
    height: number;
}

const sizes = new WeakMap<Element, Size>();
let moved: () => void = () => undefined;
const observer = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) {
        sizes.set(target, { width: contentRect.width, height: contentRect.height });
    }
    moved();
});
let height = window.innerHeight;
window.addEventListener("resize", () => { height = window.innerHeight; });

/// Called back when a size changed.
export function onSizes(changed: () => void): void {
    moved = changed;
}

/// To be called early: then the size is known when it is needed.
export function watchSize(node: Element): void {
    observer.observe(node);
}

/// Without padding and frame. REQUIRES: watchSize.
export function sizeOf(node: Element): Size {
    const known = sizes.get(node);
    if (known) return known;
    const size = { width: node.clientWidth, height: node.clientHeight };
    sizes.set(node, size);
    return size;
}

export function windowHeight(): number {
    return height;
}
