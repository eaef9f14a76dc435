// FirstPicture: how long a collection of our own is waited for before it is shown.
//
// Nobody tells how many workers there are behind a broker, so it is time that ends the wait; but
// time of this machine: where our own questions come back slowly, everybody else is given more.
// Time is handed in. Belongs to one thread.
#pragma once

#include <cstddef>
#include <vector>

#include "muster/base/time.hpp"
#include "muster/fleet/fleet_view.hpp"

namespace muster {

class FirstPicture {
public:
    struct Limits {
        Duration patience{};      ///< For an answer, on a machine that has time.
        Duration asked_within{};  ///< For every source to be asked, of the first look.
    };

    explicit FirstPicture(Limits limits) : limits_(limits) {}

    /// When this view may be shown as it is, if it has not changed by then; not after `now`: at
    /// once. One patience after the last news where all that is known has told its load, two where
    /// something is missing, more where exchanges take long; always within 10 s of the questions.
    [[nodiscard]] Time ready_at(const FleetView& view, Time now);
    /// Our own thread was woken so much later than it wanted: the machine is busy.
    void note_late(Duration late);

private:
    /// What was seen of a source.
    struct Seen {
        Time asked_at = kNever;
        bool answered = false;
    };
    /// What makes a view another one than the last: it grows by each newcomer.
    struct Heard {
        std::size_t asked = 0;
        std::size_t components = 0;
        std::size_t workers = 0;
        std::size_t loads = 0;
        bool operator==(const Heard&) const = default;
    };

    void note_sources(const FleetView& view, const std::vector<bool>& answers, Time now);
    [[nodiscard]] Duration pace() const;

    Limits limits_;
    Time begun_ = kNever;
    Time all_asked_at_ = kNever;
    Time news_at_ = kNever;
    Heard heard_;
    std::vector<Seen> seen_;  // By source, in the views' order.
    Duration exchange_{};     // The longest of our own questions to nobody but us.
    Duration finding_{};      // The longest from asking a source to a first load from behind it.
};

/// Whether a source that is not disconnected has told nothing: its broker is too busy to be asked.
[[nodiscard]] bool is_unheard(const FleetView& view, const SourceInfo& source);

}  // namespace muster
