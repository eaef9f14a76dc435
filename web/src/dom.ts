// Small hands for the page's elements: they write only what changed, so that a redraw of what
// stayed the same costs nothing. Text is text: nothing here parses markup.

export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
    const found = document.getElementById(id);
    if (!found) throw new Error(`no element #${id}`);
    return found as T;
}

export function el<K extends keyof HTMLElementTagNameMap>(
    tag: K, className = "", text = "",
): HTMLElementTagNameMap[K] {
    const made = document.createElement(tag);
    if (className !== "") made.className = className;
    if (text !== "") made.textContent = text;
    return made;
}

export function button(className: string, text: string, act: () => void): HTMLButtonElement {
    const made = el("button", className, text);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
}

export function setText(node: Element, text: string): void {
    if (node.textContent !== text) node.textContent = text;
}

export function setAttr(node: Element, name: string, value: string | null): void {
    if (node.getAttribute(name) === value) return;
    if (value === null) node.removeAttribute(name);
    else node.setAttribute(name, value);
}

export function setHidden(node: HTMLElement, hidden: boolean): void {
    if (node.hidden !== hidden) node.hidden = hidden;
}

/// As many children as there are items, made by `make`, each brought up to date by `update`.
export function syncList<T, N extends HTMLElement>(
    parent: HTMLElement, items: readonly T[], make: () => N, update: (node: N, item: T) => void,
): void {
    while (parent.children.length > items.length) parent.lastElementChild?.remove();
    while (parent.children.length < items.length) parent.append(make());
    items.forEach((item, i) => update(parent.children[i] as N, item));
}

/// Fits the canvas to its box at the screen's own resolution; its context, in CSS pixels.
export function fitCanvas(
    canvas: HTMLCanvasElement, width: number, height: number,
): CanvasRenderingContext2D | null {
    const ratio = window.devicePixelRatio || 1;
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== w || canvas.height !== h) {
        canvas.width = w;
        canvas.height = h;
    }
    const context = canvas.getContext("2d");
    if (!context) return null;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    return context;
}
