// LiveSet: which workers of a view form the set, and what stays while nothing can be heard.
//
// Pure: views and times in, sets out. The rule: the fresh and late workers (for endpoints without
// loads: those heard of within the same limits). A worker leaves the set only after it was silent
// while it could have been heard: not while the source is away, not while muster itself stood
// still, and not before its limit has passed again since. Belongs to one thread.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "muster/base/time.hpp"
#include "muster/dynamo/processed_endpoints.hpp"
#include "muster/fleet/fleet_view.hpp"

namespace muster::dynamo {

/// Which rows of a view are in the set, and the oldest time of those that no view has any more.
struct SetRows {
    std::vector<std::size_t> rows;
    Time oldest_gone = kNever;
};

class LiveSet {
public:
    enum class Kind : std::uint8_t {
        loads,      ///< Workers by their loads.
        instances,  ///< Workers by their life; entries carry the default load.
    };
    struct Options {
        Kind kind = Kind::loads;
        std::string service;
        std::string endpoint;
    };
    explicit LiveSet(Options options) : options_(std::move(options)) {}

    /// The set as of `now`. Cost: one pass over the rows, and a copy of each member.
    [[nodiscard]] ProcessedEndpoints update(const FleetView& view, Time now);
    /// Of the last update.
    [[nodiscard]] const SetRows& rows() const noexcept { return rows_; }
    /// Whether an empty set says something: the workers were asked, and had the time to answer.
    [[nodiscard]] bool has_asked() const noexcept { return has_asked_; }

    /// How old the oldest of these rows is at `now`; absent if there are none.
    [[nodiscard]] static std::optional<Duration> oldest_age(const FleetView& view,
                                                            const SetRows& rows, Kind kind,
                                                            Time now) noexcept;

private:
    struct Member {
        Endpoint endpoint;
        Time known_at{};
    };
    using Members = std::map<WorkerId, Member>;

    void note_listening(const FleetView& view, Time now);
    [[nodiscard]] bool belongs(const FleetView& view, std::size_t row, Time now) const;
    [[nodiscard]] bool is_held(const FleetView& view, std::size_t row, Time now) const;
    [[nodiscard]] Member member_of(const FleetView& view, std::size_t row) const;

    Options options_;
    Members members_;
    SetRows rows_;
    Time updated_at_ = kNever;
    Time listening_since_ = kNever;  // kNever: not listening now.
    Time asked_at_ = kNever;
    bool has_asked_ = false;
};

}  // namespace muster::dynamo
