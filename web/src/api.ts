// Api: questions to muster beside the stream. Every failure is a sentence for people, with the
// problem's stable name for us.
import { readProblem } from "./fleet_link";

export interface Answer {
    text: string;
    headers: Headers;
}

/// A question about the past may wait for others; longer than this nobody waits.
const ANSWER_MAX_MS = 15_000;

/// `type` is "no-journal" of "/problems/no-journal"; empty where no answer of muster's came.
export type Asked<T> = { value: T } | { failure: string; type: string };

export class Api {
    /// `headers` are those that show the token.
    constructor(private readonly headers: () => Record<string, string>) {}

    async text(path: string): Promise<Asked<Answer>> {
        const abort = new AbortController();
        const timer = setTimeout(() => abort.abort(), ANSWER_MAX_MS);
        try {
            const answer = await fetch(path, {
                headers: this.headers(), cache: "no-store", signal: abort.signal,
            });
            if (!answer.ok) {
                const { words, type } = await readProblem(answer);
                return { failure: words, type };
            }
            return { value: { text: await answer.text(), headers: answer.headers } };
        } catch {
            const words = abort.signal.aborted ? "muster does not answer" : "it cannot be reached";
            return { failure: words, type: "" };
        } finally {
            clearTimeout(timer);
        }
    }

    async json<T>(path: string): Promise<Asked<T>> {
        const answer = await this.text(path);
        if ("failure" in answer) return answer;
        try {
            return { value: JSON.parse(answer.value.text) as T };
        } catch {
            return { failure: "the answer is not JSON", type: "" };
        }
    }
}

export function workerPath(id: string): string {
    return `/v1/workers/${encodeURIComponent(id)}`;
}
