// FleetLink: the connection to /v1/fleet/events; it says when it is cut, and comes back by itself.
//
// Place in the data path: the network -> EventReader -> whoever listens. It reads the stream with
// fetch, not EventSource: that can show no token, and does not tell "wrong token" from "not there".
// After a cut it goes on from the last event's id, so that only what was missed is sent.
import { EventReader, StreamEvent } from "./event_reader";
import { askForStream, keepToken, keptToken, StreamRequest, tokenHeaders } from "./stream_request";

export type LinkState =
    | { kind: "connecting" }
    | { kind: "live" }
    | { kind: "cut"; reason: string; since: number; nextTry: number }
    | { kind: "token"; words: string };

export interface LinkListener {
    onEvent(event: StreamEvent): void;
    onState(state: LinkState): void;
}

/// Ages come once a second: after this the line is taken for dead.
export const SILENCE_MAX_MS = 2600;
const CONNECT_MAX_MS = 5000;
const WAIT_MIN_MS = 500;
const WAIT_MAX_MS = 4000;

export class FleetLink {
    state: LinkState = { kind: "connecting" };
    /// Of the page's steady clock: the last time anything was heard.
    heardAt = performance.now();
    private lastId: string | null = null;
    private token: string | null;
    private wait = WAIT_MIN_MS;
    private abort: AbortController | null = null;
    private wake: (() => void) | null = null;
    private askedAt = 0;
    private silent = false;
    private resting = false;

    /// `first`: a stream that was asked for already, without a token.
    constructor(
        private readonly listener: LinkListener, private first: StreamRequest | null,
    ) {
        this.token = first ? null : keptToken();
    }

    start(): void {
        void this.run();
    }

    setToken(token: string): void {
        this.token = token;
        this.wake?.();
    }

    tryNow(): void {
        this.wait = WAIT_MIN_MS;
        this.wake?.();
    }

    /// What we have is of no use any more: the next stream begins with the whole.
    startAfresh(): void {
        this.lastId = null;
        this.abort?.abort();
    }

    /// Lets go of the connection: a page that the browser keeps for "back" would hold one of the
    /// few that it allows to one server.
    rest(): void {
        this.resting = true;
        this.abort?.abort();
    }

    goOn(): void {
        if (!this.resting) return;
        this.resting = false;
        this.tryNow();
    }

    headers(): Record<string, string> {
        return tokenHeaders(this.token);
    }

    /// To be called a few times a second.
    watch(now: number): void {
        const silence = this.state.kind === "live" && now - this.heardAt > SILENCE_MAX_MS;
        const hangs = this.abort !== null && this.state.kind !== "live" &&
            now - Math.max(this.askedAt, this.heardAt) > CONNECT_MAX_MS;
        if (!silence && !hangs) return;
        this.silent = true;
        if (silence) this.cut("it says nothing any more");
        this.abort?.abort();
    }

    private async run(): Promise<void> {
        for (;;) {
            if (this.resting) await this.woken();
            this.silent = false;
            const reason = await this.follow();
            if (reason === null) await this.woken();
            if (reason === null || this.resting) continue;
            this.cut(reason);
            await this.pause();
        }
    }

    private async woken(): Promise<void> {
        await new Promise<void>((resolve) => { this.wake = resolve; });
        this.wake = null;
    }

    private cut(reason: string): void {
        // The first reason stays; the moment is when we last heard something.
        const nextTry = performance.now() + this.wait;
        const old = this.state;
        const since = old.kind === "cut" ? old.since : this.heardAt;
        this.say({ kind: "cut", reason, since, nextTry });
    }

    private async pause(): Promise<void> {
        await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, this.wait);
            this.wake = () => { clearTimeout(timer); resolve(); };
        });
        this.wake = null;
        this.wait = Math.min(WAIT_MAX_MS, this.wait * 2);
    }

    /// One stream from its beginning to its end. Why it ended; null: a token is needed.
    private async follow(): Promise<string | null> {
        const request = this.first ?? askForStream(this.token, this.lastId);
        this.first = null;
        this.abort = request.abort;
        this.askedAt = performance.now();
        try {
            const answer = await request.answer;
            if (answer.status === 401) {
                // The first question may have been asked without the token that there is.
                if (this.token === null) this.token = keptToken();
                else return await this.askForToken();
                return this.token === null ? await this.askForToken() : await this.follow();
            }
            if (!answer.ok || !answer.body) return (await readProblem(answer)).words;
            if (this.token) keepToken(this.token);
            await this.read(answer.body);
            return "the stream ended";
        } catch (error) {
            if (this.silent) return "it says nothing any more";
            return error instanceof TypeError ? "it cannot be reached" : String(error);
        } finally {
            this.abort = null;
        }
    }

    private async read(body: ReadableStream<Uint8Array>): Promise<void> {
        const bytes = body.getReader();
        const decoder = new TextDecoder();
        const events = new EventReader();
        for (;;) {
            const { done, value } = await bytes.read();
            if (done) return;
            this.heardAt = performance.now();
            for (const event of events.feed(decoder.decode(value, { stream: true }))) {
                if (event.id !== null) this.lastId = event.id;
                this.wait = WAIT_MIN_MS;
                if (this.state.kind !== "live") this.say({ kind: "live" });
                this.listener.onEvent(event);
            }
        }
    }

    private async askForToken(): Promise<null> {
        const wrong = this.token !== null;
        this.token = null;
        keepToken(null);
        this.say({ kind: "token", words: wrong ? "That is not the token." : "" });
        return null;
    }

    private say(state: LinkState): void {
        this.state = state;
        this.listener.onState(state);
    }
}

/// What an error of the API says of itself, and its stable name: "no-journal".
export async function readProblem(answer: Response): Promise<{ words: string; type: string }> {
    try {
        const problem = (await answer.json()) as { detail?: unknown; type?: unknown };
        if (typeof problem.detail === "string" && typeof problem.type === "string") {
            return { words: problem.detail, type: problem.type.replace("/problems/", "") };
        }
    } catch {
        // Not ours: a proxy's, perhaps. The status says what it can.
    }
    return { words: `HTTP ${answer.status} ${answer.statusText}`, type: "" };
}
