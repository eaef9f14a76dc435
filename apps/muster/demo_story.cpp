// The chapters. Each fault is over before the next begins, so that each is seen alone.
#include "demo_story.hpp"

#include <array>

namespace muster {

std::span<const DemoChapter> demo_chapters() noexcept {
    using namespace std::chrono_literals;
    static constexpr std::array<DemoChapter, 6> kChapters = {{
        {Fault{FaultKind::mute, 0}, 3, 16s,  //
         "Failed: worker 3 of 12 answers no more questions; its process lives on.",
         "See: its age grows: fresh, late, stale; after 10 s of silence it is lost.",
         "muster: keeps its last load with its age, then remembers it with the reason."},
        {std::nullopt, 0, 5s,  //
         "Failed: the broker stands still for 5 s (SIGSTOP); its connections stay open.",
         "See: the source is suspect, then disconnected; all ages grow; nobody is lost.",
         "muster: silence counts only while we can hear; it asks again when it is back."},
        {Fault{FaultKind::slow, 900}, 5, 14s,  //
         "Failed: worker 5 answers 900 ms late.",
         "See: its age stays near a second, its state late; its numbers are still taken.",
         "muster: a late answer counts, with the age of the question it answers."},
        {Fault{FaultKind::restart, 0}, 7, 4s,  //
         "Failed: the process of worker 7 died; 4 s later one starts under the same id.",
         "See: its load starts anew; its details (cursor, Enter) show a new generation.",
         "muster: nothing learnt about the old process is applied to the new one."},
        {Fault{FaultKind::nan, 0}, 9, 14s,  //
         "Failed: worker 9 reports a KV usage that is not a number.",
         "See: a dash for the usage; its other numbers go on.",
         "muster: takes each field by itself; what nobody reported is unknown, never 0."},
        {Fault{FaultKind::garbage, 0}, 1, 14s,  //
         "Failed: worker 1 sends bytes that are no report.",
         "See: its age grows; nobody else is touched.",
         "muster: counts each rejected answer with its reason, and keeps the last load."},
    }};
    return kChapters;
}

}  // namespace muster
