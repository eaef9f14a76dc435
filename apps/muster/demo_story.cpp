// The chapters. Each fault is over before the next begins, so that each is seen alone; workers over
// NATS and engines over HTTP take turns.
#include "demo_story.hpp"

#include <array>

namespace muster {

std::span<const DemoChapter> demo_chapters() noexcept {
    using namespace std::chrono_literals;
    using enum DemoSubject;
    static constexpr std::array<DemoChapter, 10> kChapters = {{
        {dynamo, Fault{FaultKind::mute, 0}, 3, 16s,
         "Failed: a Dynamo worker answers no more questions; its process lives on.",
         "See: its age grows: fresh, late, stale; after 10 s of silence it is lost.",
         "muster: keeps its last load with its age, then remembers it with the reason."},
        {vllm, Fault{FaultKind::refuse, 0}, 1, 12s,
         "Failed: a vLLM server accepts no connection any more.",
         "See: it is stale at once, with its trouble: refused, and what to look at.",
         "muster: a refused connection is a fact; nobody waits for it to grow old."},
        {broker, Fault{}, 0, 5s,
         "Failed: the broker stands still for 5 s (SIGSTOP); its connections stay open.",
         "See: nats-1 is suspect, then disconnected; nobody is lost; HTTP goes on.",
         "muster: silence counts only while we can hear; it asks again when it is back."},
        {sglang, Fault{FaultKind::slow, 900}, 0, 14s,
         "Failed: an SGLang server answers 900 ms late, as one under load may.",
         "See: it stays near a second old, its numbers are taken; no other waits for it.",
         "muster: a slow answer is load, not death: its patience follows its answers."},
        {dynamo, Fault{FaultKind::restart, 0}, 5, 4s,
         "Failed: a Dynamo worker died; 4 s later a process starts under the same id.",
         "See: its load starts anew; its details (cursor, Enter) show a new generation.",
         "muster: nothing learnt about the old process is applied to the new one."},
        {llamacpp, Fault{FaultKind::half, 0}, 0, 14s,
         "Failed: a llama.cpp server sends half of each answer and hangs up.",
         "See: its trouble: half_page; its load grows old though it lives.",
         "muster: uses nothing of a page that was cut off: 14 may be part of 140."},
        {dynamo, Fault{FaultKind::nan, 0}, 2, 14s,
         "Failed: a Dynamo worker reports a KV usage that is not a number.",
         "See: a dash for the usage; its other numbers go on.",
         "muster: takes each field by itself; what nobody reported is unknown, never 0."},
        {vllm, Fault{FaultKind::status, 401}, 0, 14s,
         "Failed: a vLLM server wants a token now (401).",
         "See: its trouble: unauthorized; the line says which flag names the token.",
         "muster: it answers, so it lives; its last load grows old and says so."},
        {sglang, Fault{FaultKind::garbage, 0}, 1, 14s,
         "Failed: where an SGLang server was, a web page answers.",
         "See: its trouble: not_readable, with the address to correct.",
         "muster: takes no number from what is no load, and says what it saw."},
        {dynamo, Fault{FaultKind::garbage, 0}, 1, 14s,
         "Failed: a Dynamo worker sends bytes that are no report.",
         "See: its age grows; nobody else is touched.",
         "muster: counts each rejected answer with its reason, and keeps the last load."},
    }};
    return kChapters;
}

}  // namespace muster
