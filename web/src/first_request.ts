// FirstRequest: stands in the head of the page itself, so that the fleet is on its way while the
// script still is. The content security policy names it by its hash.
import { askForStream, mayHaveToken } from "./stream_request";

if (!mayHaveToken()) {
    window.musterStream = askForStream(null, null);
    // Whoever takes it over hears why it failed.
    window.musterStream.answer.catch(() => undefined);
}
