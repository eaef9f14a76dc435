// RawRecord: a worker's last record as it was received, on demand.
import { Api, workerPath } from "./api";
import { button, el, setHidden, setText } from "./dom";
import { clockText, countText } from "./words";

export class RawRecord {
    readonly element = el("section", "raw");
    private id = "";
    private readonly words = el("p", "none");
    private readonly text = el("pre");
    private readonly ask = button("", "Show the last record as received", () => void this.load());

    constructor(private readonly api: Api) {
        this.text.tabIndex = 0;
        this.text.setAttribute("role", "region");
        this.text.setAttribute("aria-label", "Record as received");
        this.element.append(el("h3", "", "Raw record"), this.ask, this.words, this.text);
    }

    forget(id: string): void {
        this.id = id;
        setText(this.ask, "Show the last record as received");
        setText(this.words, "");
        setText(this.text, "");
        setHidden(this.text, true);
    }

    setOffered(offered: boolean): void {
        setHidden(this.element, !offered);
    }

    private async load(): Promise<void> {
        const id = this.id;
        const answer = await this.api.text(`${workerPath(id)}/raw`);
        if (this.id !== id) return;
        setText(this.ask, "Show it again as it is now");
        setHidden(this.text, "failure" in answer);
        if ("failure" in answer) {
            setText(this.words, answer.failure);
            return;
        }
        const { headers, text } = answer.value;
        const bytes = Number(headers.get("Muster-Record-Bytes") ?? NaN);
        const road = (headers.get("Muster-Road") ?? "").replace(/_/g, " ");
        setText(this.words, `received ${clockText(headers.get("Muster-Received"))}, ${road}, ` +
            `${countText(bytes)} bytes` + (bytes > 4096 ? ", the first 4,096 of them" : ""));
        setText(this.text, text);
    }
}
