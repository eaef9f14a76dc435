// Status: the line at the top, the banner when the page is cut off, what is wrong in words, the
// tab's title and sign.
import { Announcer } from "./announcer";
import { button, byId, el, setAttr, setHidden, setText, syncList } from "./dom";
import type { LinkState } from "./fleet_link";
import type { PastFleet } from "./past_fleet";
import type { Picture } from "./picture";
import { Trouble, troublesOf, workersWords } from "./troubles";
import { ageText, clockText, momentText } from "./words";

const SHOWN = 4;
const BEAT_MS = 1000;
/// So old, it is as faded as it will be.
const FADED_MS = 10_000;

export class Status {
    private all = false;
    private readonly announcer = new Announcer();
    private readonly icon = byId<HTMLLinkElement>("icon");

    constructor(private readonly open: (id: string) => void) {
        byId("troubles-more").addEventListener("click", () => { this.all = !this.all; });
    }

    drawLink(state: LinkState, standing: string, now: number, heardAt: number): void {
        setAttr(document.body, "data-standing", standing);
        setText(byId("link-words"), linkWords(state, now, heardAt));
        // It beats with what is heard: an animation would have the whole page composed 60 times a
        // second.
        const beat = state.kind === "live" && Math.floor(heardAt / BEAT_MS) % 2 === 1;
        setAttr(document.body, "data-beat", beat ? "" : null);
        const cut = state.kind === "cut";
        const banner = byId("banner");
        setHidden(banner, !cut);
        if (state.kind === "cut") {
            // The words stay the same while it lasts: an alert is read out at every change.
            setText(banner, `Cut off from muster: ${state.reason}. What is shown is what was ` +
                "said last, and grows old. Trying again by itself.");
        }
        const form = byId("token-form");
        if (state.kind === "token" && form.hidden) {
            setHidden(form, false);
            byId("token").focus();
        }
        if (state.kind === "live") setHidden(form, true);
        if (state.kind === "token") setText(byId("token-words"), state.words);
        // What is old fades: charts more and more, words from one moment on, to a colour that can
        // still be read.
        const silence = cut ? Math.max(0, now - state.since) : 0;
        const fade = silence === 0 ? "" : (1 - 0.45 * Math.min(1, silence / FADED_MS)).toFixed(2);
        const { style } = document.body;
        if (style.getPropertyValue("--fade") !== fade) style.setProperty("--fade", fade);
        setAttr(document.body, "data-old", silence > FADED_MS / 4 ? "" : null);
    }

    /// `live`: the fleet as it is now, whatever is shown: it is what is announced.
    draw(picture: Picture, live: Picture): void {
        const { head } = picture.store;
        if (!head) return;
        const troubles = troublesOf(picture);
        const fine: Trouble = { tone: "dim", words: "All is well.", key: "" };
        const shown = troubles.length === 0 ? [fine]
            : this.all ? troubles : troubles.slice(0, SHOWN);
        syncList(byId("troubles"), shown, () => this.makeTrouble(), (item, trouble) => {
            setAttr(item, "data-tone", troubles.length === 0 ? "well" : trouble.tone);
            const [words] = item.children;
            if (!words) return;
            setText(words, trouble.words);
            setAttr(item, "data-worker", trouble.worker ?? null);
            (words as HTMLButtonElement).disabled = trouble.worker === undefined;
        });
        const more = byId("troubles-more");
        setHidden(more, troubles.length <= SHOWN);
        setAttr(more, "aria-expanded", String(this.all));
        setText(more, this.all ? "less" : `and ${troubles.length - SHOWN} more`);
        setText(byId("fleet-words"), workersWords(picture));
        setText(byId("clock"), clockText(head.time));
        setAttr(byId("clock"), "title", momentText(head.time));
        setAttr(byId("clock"), "datetime", head.time);
        this.tell(live, live === picture ? troubles : troublesOf(live));
    }

    drawPast(past: PastFleet, live: Picture): void {
        const { wanted, picture, failure } = past;
        setHidden(byId("past-banner"), wanted === null);
        if (wanted === null) return;
        const asOf = picture?.store.head?.time;
        const now = troublesOf(live).filter((trouble) => trouble.tone !== "dim").length;
        const meanwhile = now === 0 ? "now all is well" : `now ${now} wrong`;
        setText(byId("past-words"), failure !== ""
            ? `${clockText(wanted)} cannot be shown: ${failure}`
            : asOf ? `This is ${momentText(asOf)}, as the journal has it; ${meanwhile}.`
                : `Looking up ${momentText(wanted)} …`);
    }

    private makeTrouble(): HTMLLIElement {
        const item = el("li");
        item.append(button("trouble", "", () => {
            const id = item.dataset["worker"];
            if (id !== undefined) this.open(id);
        }));
        return item;
    }

    private tell(picture: Picture, troubles: Trouble[]): void {
        const serious = troubles.filter((trouble) => trouble.tone !== "dim");
        const cut = picture.standing === "cut";
        const title = cut ? "cut off · muster"
            : serious.length === 0 ? "muster: all well" : `${serious.length} wrong · muster`;
        if (document.title !== title) document.title = title;
        const well = serious.length === 0 && !cut;
        const href = this.icon.dataset[well ? "well" : "trouble"] ?? "";
        if (this.icon.getAttribute("href") !== href) this.icon.href = href;
        const words = this.announcer.hear(serious, picture.now);
        if (words !== null) setText(byId("announcer"), words);
    }
}

function linkWords(state: LinkState, now: number, heardAt: number): string {
    if (state.kind === "connecting") return "connecting";
    if (state.kind === "token") return "token needed";
    if (state.kind === "live") return `live, heard ${ageText(now - heardAt)} ago`;
    return `cut off for ${ageText(now - state.since)}`;
}
