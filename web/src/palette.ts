// Palette: the style sheet's colours for what is drawn on canvases; and the choice of light or
// dark.
//
// The style sheet is the one place where colours stand, each as light-dark(one, other); here they
// are read from it, without a question to the browser for each.
import { byId, setAttr, setText } from "./dom";

export const LOAD_STEPS = 8;

export interface Palette {
    text: string;
    dim: string;
    line: string;
    panel: string;
    accent: string;
    bad: string;
    warning: string;
    load: string[];
    onLoad: string[];
    empty: string;
    font: string;
    mono: string;
}

const PAIR = /^light-dark\((.+), (.+)\)$/;

/// Paper is light, whatever the screen is.
export function readPalette(paper = false): Palette {
    const style = getComputedStyle(document.documentElement);
    const which = paper || !isDark() ? "$1" : "$2";
    const read = (name: string): string =>
        style.getPropertyValue(`--${name}`).trim().replace(/,\s*/g, ", ").replace(PAIR, which);
    const steps = (name: string): string[] =>
        Array.from({ length: LOAD_STEPS }, (_, i) => read(`${name}-${i}`));
    return {
        text: read("text"), dim: read("dim"), line: read("line"), panel: read("panel"),
        accent: read("accent"), bad: read("bad"), warning: read("warning"),
        load: steps("load"), onLoad: steps("on-load"), empty: read("load-empty"),
        font: read("font"), mono: read("mono"),
    };
}

function isDark(): boolean {
    const chosen = document.documentElement.dataset["theme"];
    return chosen ? chosen === "dark" : !matchMedia("(prefers-color-scheme: light)").matches;
}

const THEMES = ["auto", "dark", "light"] as const;
const THEME_KEY = "muster.theme";

/// The button that goes round; calls back when colours changed, also by the system's choice.
export function followTheme(changed: () => void): void {
    const chosen = byId("theme");
    const show = (theme: string): void => {
        setAttr(document.documentElement, "data-theme", theme === "auto" ? null : theme);
        setText(chosen, theme);
        const words = theme === "auto" ? "as the system has them" : theme;
        setAttr(chosen, "aria-label", `Colours: ${words}`);
        changed();
    };
    let theme = localStorage.getItem(THEME_KEY) ?? "auto";
    chosen.addEventListener("click", () => {
        const next = (THEMES.findIndex((name) => name === theme) + 1) % THEMES.length;
        theme = THEMES[next] ?? "auto";
        localStorage.setItem(THEME_KEY, theme);
        show(theme);
    });
    matchMedia("(prefers-color-scheme: light)").addEventListener("change", changed);
    show(theme);
}
