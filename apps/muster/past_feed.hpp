// PastFeed: views of the past for the live table: one whenever another moment is asked for.
//
// `seek` from any thread; the rest belongs to one thread.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "flags/journal_place.hpp"
#include "fleet_feed.hpp"

namespace muster {

class PastFeed final : public FollowedFeed {
public:
    explicit PastFeed(JournalPlace place) : place_(std::move(place)) {}

    /// The moment of the next view; one that was not looked for yet is passed over.
    void seek(WallTime when);
    /// Waits for a `seek`, however long: the past does not change, so neither `version` nor `hold`
    /// says anything.
    [[nodiscard]] Result<std::string> fleet_above(std::uint64_t version, Duration hold,
                                                  const FleetFilter& filter,
                                                  const std::stop_token& stop) override;
    [[nodiscard]] std::string last_failure() const override { return failure_; }

private:
    const JournalPlace place_;
    std::mutex mutex_;
    std::condition_variable_any sought_;
    std::optional<WallTime> wanted_;
    std::string failure_;
};

}  // namespace muster
