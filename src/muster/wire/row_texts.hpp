// RowTexts: the JSON of every row of the newest view, kept, so that a row that did not change is
// not formatted again.
//
// Place in the data path: between views and the texts of responses and events, one for each serving
// thread and choice of members. What passes with time (state, ages, round trip, misses) is no part
// of a kept text: it is written each time, so it is always true. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "muster/base/wall_anchor.hpp"
#include "muster/fleet/fleet_view.hpp"
#include "muster/wire/fleet_json.hpp"

namespace muster {

/// Where in a text the digits of an age stand; size 0: nowhere, it is null or not chosen.
struct AgePlace {
    std::uint16_t at = 0;
    std::uint16_t size = 0;
};
/// Those of a row's two usual ages: its load's, and its last sign of life's.
struct AgePlaces {
    AgePlace age;
    AgePlace alive;
};

/// The members of one row, without braces, with the two places where something goes between.
struct RowText {
    std::string text;
    std::uint32_t state_at = 0;    ///< The state.
    std::uint32_t passing_at = 0;  ///< Ages, round trip, misses.

    friend bool operator==(const RowText&, const RowText&) = default;
};

class RowTexts {
public:
    explicit RowTexts(WorkerMembers members);

    /// Brings the texts to `view`. Cost: nothing for rows in blocks that views share, a comparison
    /// for rows that stayed the same in others, formatting for those that changed. After another
    /// anchor, or when sources were renamed, all is formatted anew.
    void update(FleetViewPtr view, const WallAnchor& anchor);

    [[nodiscard]] const FleetView& view() const noexcept { return *view_; }
    [[nodiscard]] const FleetViewPtr& shared_view() const noexcept { return view_; }
    [[nodiscard]] WorkerMembers members() const noexcept { return members_; }
    /// The update in which this row's text became what it is; later updates have higher numbers.
    /// REQUIRES: row < view().size(); so does `text`.
    [[nodiscard]] std::uint64_t revision(std::size_t row) const noexcept {
        return rows_[row].revision;
    }
    [[nodiscard]] const RowText& text(std::size_t row) const noexcept { return rows_[row].text; }

private:
    struct Row {
        RowText text;
        std::uint64_t revision = 0;
    };
    struct Change;

    void update_in_place(Change& change);
    void update_order(Change& change);
    [[nodiscard]] bool sources_renamed(const FleetView& view) const;

    WorkerMembers members_;
    FleetViewPtr view_;
    WallAnchor anchor_;
    std::uint64_t revision_ = 0;
    std::vector<Row> rows_;  // By row of view_.
};

}  // namespace muster
