// StreamRequest: the question for /v1/fleet/events. The head of the page asks it first
// (first_request.ts), FleetLink whenever it has to again.
const RATE = 5;
const TOKEN_KEY = "muster.token";
/// The tab's name while a token is kept. To look into the storage itself takes longer, in a page
/// that is just being made, than to fetch the fleet.
const TOKEN_MARK = "muster: has a token";

export interface StreamRequest {
    abort: AbortController;
    answer: Promise<Response>;
}

export function mayHaveToken(): boolean {
    return window.name === TOKEN_MARK;
}

/// The token of this tab, if it was told one.
export function keptToken(): string | null {
    return sessionStorage.getItem(TOKEN_KEY);
}

export function keepToken(token: string | null): void {
    window.name = token === null ? "" : TOKEN_MARK;
    if (token === null) sessionStorage.removeItem(TOKEN_KEY);
    else sessionStorage.setItem(TOKEN_KEY, token);
}

export function tokenHeaders(token: string | null): Record<string, string> {
    return token ? { Authorization: `Bearer ${token}` } : {};
}

/// `lastId`: of the last event that was heard; null: nothing was, or it is of no use.
export function askForStream(token: string | null, lastId: string | null): StreamRequest {
    const abort = new AbortController();
    const headers: Record<string, string> = {
        Accept: "text/event-stream", ...tokenHeaders(token),
    };
    if (lastId !== null) headers["Last-Event-ID"] = lastId;
    const answer = fetch(`/v1/fleet/events?max_rate=${RATE}`, {
        headers, cache: "no-store", signal: abort.signal,
    });
    return { abort, answer };
}
