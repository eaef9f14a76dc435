// Api: questions to muster beside the stream. Every failure is a sentence for people.
import { problemWords } from "./fleet_link";

export interface Answer {
    text: string;
    headers: Headers;
}

export type Asked<T> = { value: T } | { failure: string; status: number };

export class Api {
    /// `headers` are those that show the token.
    constructor(private readonly headers: () => Record<string, string>) {}

    async text(path: string): Promise<Asked<Answer>> {
        try {
            const answer = await fetch(path, { headers: this.headers(), cache: "no-store" });
            if (!answer.ok) {
                return { failure: await problemWords(answer), status: answer.status };
            }
            return { value: { text: await answer.text(), headers: answer.headers } };
        } catch {
            return { failure: "muster cannot be reached", status: 0 };
        }
    }

    async json<T>(path: string): Promise<Asked<T>> {
        const answer = await this.text(path);
        if ("failure" in answer) return answer;
        try {
            return { value: JSON.parse(answer.value.text) as T };
        } catch {
            return { failure: "the answer is not JSON", status: 200 };
        }
    }
}

export function workerPath(id: string): string {
    return `/v1/workers/${encodeURIComponent(id)}`;
}
