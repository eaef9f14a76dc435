// Help: what the signs mean and which keys there are; and the field's legend.
import { button, byId, el } from "./dom";
import { LOAD_STEPS } from "./palette";
import { LEGEND } from "./worker_marks";

const KEYS: readonly [string, string][] = [
    ["/", "search: words that must stand in id, state, model, label...; !word must not"],
    ["Esc", "close what is open; from the past back to now"],
    ["arrows, Enter", "in the field and the table: go from worker to worker, open one"],
    ["PgUp PgDn Home End", "in the table: by pages, to the ends"],
    ["?", "this"],
];

/// Its text is made when it is opened first.
export function makeHelp(): void {
    const dialog = byId<HTMLDialogElement>("help");
    const open = (): void => {
        if (dialog.childElementCount === 0) fillHelp(dialog);
        if (!dialog.open) dialog.showModal();
    };
    byId("help-open").addEventListener("click", open);
    document.addEventListener("keydown", (event) => {
        if (event.key === "?" && !(event.target instanceof HTMLInputElement)) open();
    });
}

function fillHelp(dialog: HTMLDialogElement): void {
    const title = el("h2", "", "Marks and keys");
    title.id = "help-title";
    const marks = el("dl", "keys");
    for (const [sign, words] of LEGEND) marks.append(el("dt", "", sign), el("dd", "", words));
    const keys = el("dl", "keys");
    for (const [key, words] of KEYS) keys.append(el("dt", "", key), el("dd", "", words));
    const ages = el("p", "", "An age is how long ago, at most, a number is known to be so. " +
        "A dash, and what is hatched, is a number that nobody told: it is never 0. " +
        "What grows old fades.");
    dialog.append(title, ages, marks, keys, button("", "Close", () => dialog.close()));
}

export function makeLegend(): void {
    const legend = byId("legend");
    const ramp = el("span", "ramp");
    for (let i = 0; i < LOAD_STEPS; ++i) {
        const step = el("i");
        step.dataset["step"] = String(i);
        ramp.append(step);
    }
    const load = el("span", "legend-item");
    load.append("empty ", ramp, " full");
    legend.append(load);
    const hatched = el("span", "legend-item");
    hatched.append(el("i", "hatched"), " not known");
    legend.append(hatched);
    for (const [sign, words] of LEGEND) {
        const item = el("span", "legend-item");
        item.append(el("b", "", sign), ` ${words.split(/[:(,]/)[0]?.trim()}`);
        legend.append(item);
    }
}
