// LongPolls: the requests of one loop that wait for a newer view.
//
// Place in the data path: between the publication of a view and the text for those who wait for it.
// Everything is touched by the loop's thread only, but for on_published, which the publisher calls.
// Invariants:
// (1) A waiting request's version is the one that was current when it came, so any newer view is
//     due to all that wait.
// (2) At most one wake is on its way to the loop: publications in between cost one exchange each.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "muster/base/clock.hpp"
#include "muster/base/time.hpp"
#include "muster/fleet/view_cell.hpp"
#include "muster/io/http/http_loop.hpp"
#include "muster/io/http/http_reply.hpp"
#include "muster/serve/fleet_query.hpp"

namespace muster {

/// A request that waits, or has waited long enough.
struct WaitingPoll {
    std::uint64_t version = 0;  ///< It wants one above.
    FleetQuery query;
    bool gzip = false;
    HttpReply reply;
    std::unique_ptr<HttpTimer> timer;
};

class LongPolls final : private ViewListener {
public:
    /// `answer` gets the requests that are due, on the loop's thread. `gap` is the least time
    /// between two wakes. All must outlive this.
    LongPolls(HttpLoop& loop, ViewCell& cell, const Clock& clock, Duration gap,
              std::function<void(std::vector<WaitingPoll>)> answer);
    ~LongPolls() override;
    LongPolls(const LongPolls&) = delete;
    LongPolls& operator=(const LongPolls&) = delete;

    /// Keeps `poll` until the cell's version is above its own, `timeout` has passed, or its client
    /// has gone.
    void add(WaitingPoll poll, Duration timeout);
    /// Answers all that wait.
    void answer_all();
    [[nodiscard]] std::size_t size() const noexcept { return polls_.size(); }

private:
    void on_published(std::uint64_t version) noexcept override;
    void arm();
    void wake();
    void answer_due();
    void time_out(std::uint64_t id);

    HttpLoop& loop_;
    ViewCell& cell_;
    const Clock& clock_;
    Duration gap_;
    std::function<void(std::vector<WaitingPoll>)> answer_;
    std::map<std::uint64_t, WaitingPoll> polls_;
    std::uint64_t next_id_ = 0;
    Time last_wake_ = kNever;
    std::unique_ptr<HttpTimer> gap_timer_;  ///< Set while a wake is deferred.
    std::atomic<bool> armed_{false};
};

}  // namespace muster
