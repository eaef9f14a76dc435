// EventFeed: what streams that ask the same are told: the whole fleet, what changed since an
// earlier look, and the ages.
//
// Place in the data path: between the published view and the texts of streams (EventStreams). Knows
// no socket and no clock. It keeps one mark per worker, not one state per client: a client is where
// its mark is, and what it has missed is whatever has a later mark. So a client that stalls for an
// hour costs nothing here and is brought to the newest state in one step. One thread.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "muster/fleet/fleet_view.hpp"
#include "muster/wire/fleet_change_json.hpp"
#include "muster/wire/fleet_json.hpp"
#include "muster/wire/row_texts.hpp"

namespace muster {

/// A place in the order of looks. A second look at the same version finds news only when states
/// passed before the collector published that they did (or because it hangs).
struct FeedMark {
    std::uint64_t version = 0;
    std::uint32_t look = 0;

    /// Where a client is that has seen `version`, whoever told it and at which look: what was
    /// noticed at that version is told again, what came later is told. REQUIRES: version > 0.
    [[nodiscard]] static constexpr FeedMark at_version(std::uint64_t version) noexcept {
        return {version - 1, std::numeric_limits<std::uint32_t>::max()};
    }
    friend constexpr auto operator<=>(const FeedMark&, const FeedMark&) = default;
};

class EventFeed {
public:
    /// `texts` have the filter's members; others on the same thread may use them too.
    EventFeed(FleetFilter filter, std::shared_ptr<RowTexts> texts);

    /// Notes what changed since the last look. REQUIRES: a view at least as new as the last, and
    /// no older than the one that `texts` are at.
    void look(const FleetViewPtr& view, const FleetMoment& moment);

    /// Where a client is that has been told everything.
    [[nodiscard]] FeedMark mark() const noexcept { return mark_; }
    /// Whether what changed since `from` is known; else only the whole helps.
    [[nodiscard]] bool knows(FeedMark from) const noexcept {
        return from >= floor_ && from <= mark_;
    }

    // The texts of events, whole: "event: ...\nid: ...\ndata: ...\n\n". They speak of the moment
    // of the last look. REQUIRES: `texts` were not brought to another view since.
    [[nodiscard]] std::string fleet_event() const;
    /// REQUIRES: knows(from).
    [[nodiscard]] std::string change_event(FeedMark from) const;
    [[nodiscard]] std::string ages_event() const;

    [[nodiscard]] WorkerMembers members() const noexcept { return texts_->members(); }
    [[nodiscard]] const std::shared_ptr<RowTexts>& texts() const noexcept { return texts_; }

private:
    struct Told {
        std::shared_ptr<const WorkerIdentity> identity;
        std::uint64_t revision = 0;
        WorkerState state = WorkerState::unknown;
        FeedMark changed;
    };
    struct Left {
        std::shared_ptr<const WorkerIdentity> identity;
        std::string cause;
        std::string reason;
        FeedMark mark;
    };
    struct Stone {
        std::size_t index = 0;  ///< In stones_.
        FeedMark added;
    };
    struct EndedStone {
        std::shared_ptr<const WorkerIdentity> identity;
        FeedMark mark;
    };
    struct Look;

    [[nodiscard]] bool look_at_workers(const Look& look);
    [[nodiscard]] bool look_at_lost(const Look& look);
    [[nodiscard]] bool look_at_rest(const Look& look);
    void note_left(const Look& look, const std::vector<std::shared_ptr<const WorkerIdentity>>& ids);
    /// The tombstone behind an entry of lost_.
    [[nodiscard]] const Tombstone& stone_at(std::size_t i) const noexcept {
        return (*stones_)[lost_[i].index];
    }
    [[nodiscard]] bool tells_of(std::string_view id) const noexcept;
    void append_left(FleetChange& change, FeedMark from) const;
    void append_lost(FleetChange& change, FeedMark from) const;

    FleetFilter filter_;
    std::shared_ptr<RowTexts> texts_;
    FleetMoment moment_;
    FeedMark mark_;
    FeedMark floor_;  ///< What was forgotten came before it, or at it.
    bool looked_ = false;
    std::array<std::size_t, kWorkerStateCount> states_{};  ///< Of the whole fleet: in statistics.
    std::vector<Told> told_;                               ///< In id order.
    std::vector<ToldRow> rows_;                            ///< Of told_, in the last look's view.
    std::deque<Left> left_;                                ///< Oldest first.
    std::shared_ptr<const Tombstones> stones_;
    std::vector<Stone> lost_;
    std::deque<EndedStone> ended_;
    std::string rest_;
    FeedMark rest_changed_;
};

}  // namespace muster
