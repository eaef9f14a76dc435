// Palette: the style sheet's colours for what is drawn on canvases; and the choice of light or
// dark.
//
// The style sheet is the one place where colours stand, each as light-dark(one, other); here they
// are read from its rules: to ask for an element's own style would hold up the first picture.
import { byId, setAttr, setText } from "./dom";

export const LOAD_STEPS = 8;

export interface Palette {
    text: string;
    dim: string;
    line: string;
    ground: string;
    panel: string;
    accent: string;
    bad: string;
    warning: string;
    load: string[];
    empty: string;
    font: string;
    mono: string;
}

const PAIR = /^light-dark\((.+), (.+)\)$/;

/// Paper is light, whatever the screen is.
export function readPalette(paper = false): Palette {
    const styles = rootStyles(paper);
    const which = paper || !isDark() ? "$1" : "$2";
    const read = (name: string): string => {
        const values = styles.map((style) => style.getPropertyValue(`--${name}`).trim());
        const last = values.filter((value) => value !== "").pop() ?? "";
        return last.replace(/,\s*/g, ", ").replace(PAIR, which);
    };
    const steps = (name: string): string[] =>
        Array.from({ length: LOAD_STEPS }, (_, i) => read(`${name}-${i}`));
    return {
        text: read("text"), dim: read("dim"), line: read("line"), ground: read("ground"),
        panel: read("panel"), accent: read("accent"), bad: read("bad"), warning: read("warning"),
        load: steps("load"), empty: read("load-empty"),
        font: read("font"), mono: read("mono"),
    };
}

/// Of the page, and then what paper has otherwise.
function rootStyles(paper: boolean): CSSStyleDeclaration[] {
    const styles: CSSStyleDeclaration[] = [];
    const look = (rules: CSSRuleList): void => {
        for (const rule of rules) {
            if (rule instanceof CSSStyleRule) {
                if (rule.selectorText.split(", ").includes(":root")) styles.push(rule.style);
            } else if (paper && rule instanceof CSSMediaRule && rule.media.mediaText === "print") {
                look(rule.cssRules);
            }
        }
    };
    for (const sheet of document.styleSheets) look(sheet.cssRules);
    return styles;
}

function isDark(): boolean {
    const chosen = document.documentElement.dataset["theme"];
    return chosen ? chosen === "dark" : !matchMedia("(prefers-color-scheme: light)").matches;
}

const THEMES = ["auto", "dark", "light"] as const;
const THEME_KEY = "muster.theme";

/// The button that goes round, and what was chosen last; calls back when colours change from then
/// on, also by the system's choice.
export function followTheme(changed: () => void): void {
    const chosen = byId("theme");
    const show = (theme: string): void => {
        setAttr(document.documentElement, "data-theme", theme === "auto" ? null : theme);
        setText(chosen, theme);
        const words = theme === "auto" ? "as the system has them" : theme;
        setAttr(chosen, "aria-label", `Colours: ${words}`);
    };
    let theme = localStorage.getItem(THEME_KEY) ?? "auto";
    chosen.addEventListener("click", () => {
        const next = (THEMES.findIndex((name) => name === theme) + 1) % THEMES.length;
        theme = THEMES[next] ?? "auto";
        localStorage.setItem(THEME_KEY, theme);
        show(theme);
        changed();
    });
    matchMedia("(prefers-color-scheme: light)").addEventListener("change", changed);
    show(theme);
}
