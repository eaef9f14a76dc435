// Announcer: what a screen reader is told of troubles: each once, when it begins, and that all is
// over; however the numbers in the sentences move, and not more often than every few seconds.
//
// Pure; `now` is a moment of the page's steady clock.
import type { Trouble } from "./troubles";

/// Not more often is anything announced.
export const ANNOUNCE_MS = 5000;
/// So many sentences at once; the rest can be read.
const SENTENCES_MAX = 2;

export class Announcer {
    private known = new Set<string>();
    private announcedAt = -Infinity;

    /// The words to be said now; null: nothing.
    hear(troubles: readonly Trouble[], now: number): string | null {
        if (now - this.announcedAt < ANNOUNCE_MS) return null;
        const news = troubles.filter((trouble) => !this.known.has(trouble.key));
        const over = this.known.size > 0 && troubles.length === 0;
        this.known = new Set(troubles.map((trouble) => trouble.key));
        if (news.length === 0 && !over) return null;
        this.announcedAt = now;
        if (over) return "All is well again.";
        return news.slice(0, SENTENCES_MAX).map((trouble) => trouble.words).join(". ");
    }
}
