// ScrapePace: how often one HTTP worker is asked, and how long its answer may take.
//
// Each question costs the worker work of its own (vLLM: 3.5 ms of the loop that also serves its
// requests), so the interval follows what answers cost; and an answer that takes long is load, not
// death, so the patience follows how long its own answers take. Both move in steps, so that a
// worker's row does not change with every answer. Pure; one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "muster/base/time.hpp"

namespace muster {

class ScrapePace {
public:
    struct Limits {
        /// Set by the user: no other interval then.
        std::optional<Duration> interval;
        /// The least patience.
        Duration patience = std::chrono::milliseconds(300);
    };
    static constexpr Duration kIntervalMin = std::chrono::milliseconds(250);
    static constexpr Duration kIntervalMax = std::chrono::seconds(2);
    static constexpr Duration kPatienceMax = std::chrono::seconds(5);
    /// A worker may be busy with us for one part in so many of its time.
    static constexpr int kCostShare = 50;

    explicit ScrapePace(Limits limits) noexcept : limits_(limits) {}

    /// It answered: `cost` is how long it worked on it as far as we can see (without the network's
    /// part), `whole` how long we waited for all of it.
    void answered(Duration cost, Duration whole) noexcept;
    /// It did not.
    void failed() noexcept;
    /// Another process: what was learnt of the old one does not hold.
    void forget() noexcept;
    void set_limits(Limits limits) noexcept { limits_ = limits; }

    /// Between two questions. Doubles with each failure in a row, up to kIntervalMax.
    [[nodiscard]] Duration interval() const noexcept;
    /// The least patience, or four times the slowest of a hundred answers; in steps of the double.
    [[nodiscard]] Duration patience() const noexcept;
    /// The first moment after `now` at which a worker with this hash is asked: workers with one
    /// interval are spread over it, and each keeps its place.
    [[nodiscard]] Time next(Time now, std::uint64_t hash) const noexcept;

private:
    static constexpr std::size_t kCosts = 32;
    static constexpr std::size_t kWholes = 128;

    Limits limits_;
    std::array<Duration, kCosts> costs_{};
    std::array<Duration, kWholes> wholes_{};
    std::size_t answers_ = 0;
    unsigned failures_ = 0;
    Duration own_interval_ = kIntervalMin;
    Duration slowest_{};
};

}  // namespace muster
