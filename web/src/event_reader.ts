// EventReader: the text of a stream of server-sent events, cut into events.
//
// Place in the data path: bytes of /v1/fleet/events -> events -> FleetStore. Pure.

export interface StreamEvent {
    name: string;
    id: string | null;
    data: string;
}

export class EventReader {
    private rest = "";

    /// The events that are whole with this piece; pieces may end anywhere.
    feed(piece: string): StreamEvent[] {
        // The end of an event may be cut in two: look one character before the new piece.
        let from = Math.max(0, this.rest.length - 1);
        this.rest += piece;
        const events: StreamEvent[] = [];
        let start = 0;
        for (;;) {
            const end = this.rest.indexOf("\n\n", Math.max(from, start));
            if (end < 0) break;
            const event = parseEvent(this.rest.slice(start, end));
            if (event) events.push(event);
            start = end + 2;
            from = start;
        }
        if (start > 0) this.rest = this.rest.slice(start);
        return events;
    }
}

function parseEvent(text: string): StreamEvent | null {
    const event: StreamEvent = { name: "message", id: null, data: "" };
    let told = false;
    for (const line of text.split("\n")) {
        const colon = line.indexOf(":");
        const field = colon < 0 ? line : line.slice(0, colon);
        let value = colon < 0 ? "" : line.slice(colon + 1);
        if (value.startsWith(" ")) value = value.slice(1);
        if (field === "event") event.name = value;
        if (field === "id") event.id = value;
        if (field === "data") {
            event.data = told ? `${event.data}\n${value}` : value;
            told = true;
        }
    }
    return told ? event : null;
}
