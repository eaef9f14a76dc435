// What is remembered of a rank between scrapes, and what two answers of one process tell that one
// alone does not: rates, motion, bursts, restarts.
// Private to engines. Thread rule: one thread.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "muster/base/time.hpp"
#include "muster/engines/detail/rank_values.hpp"
#include "muster/engines/engine_report.hpp"

namespace muster::detail {

class RankMemory {
public:
    /// Fills in what earlier documents of this process told and this scrape did not ask for:
    /// sizes, never loads.
    void recall(RankValues& values) const noexcept;
    /// Whether a counter is lower than it was: another process.
    [[nodiscard]] bool fell(const RankValues& values) const noexcept;
    /// As observe() told them last: for a scrape that told nothing anew.
    [[nodiscard]] const EngineRates& rates() const noexcept { return rates_; }
    /// Takes the scrape in, and completes `report`, whose load is set already. `received`: when
    /// the last document that told was. `six_digits`: see EngineTable.
    void observe(const RankValues& values, Time received, bool six_digits, EngineReport& report);

private:
    /// Counters by their place behind kFirstCounter; NaN: not told.
    using Counters = std::array<double, kCounterCount>;
    static constexpr double kNotTold = std::numeric_limits<double>::quiet_NaN();
    static constexpr Counters none_told() noexcept {
        Counters counters{};
        counters.fill(kNotTold);
        return counters;
    }
    struct Mark {
        Time at{};
        Counters counters{};
    };

    [[nodiscard]] static Counters counters_of(const RankValues& values) noexcept;
    void take_marks(const Counters& now, Time received);
    void judge_motion(double moved_to, Time received, bool busy, bool idle);
    void complete(EngineReport& report) const;
    void tell_rates(const Counters& now, Time received, bool six_digits);

    RankValues sizes_;
    std::vector<Mark> marks_;      // Oldest first; what rates are differences to.
    Counters last_ = none_told();  // The newest value of each.
    EngineRates rates_;
    std::optional<double> hit_rate_;
    EngineMotion motion_ = EngineMotion::unknown;
    Time still_since_ = kNever;
    bool busy_seen_ = true;  // A gauge showed work since the counters before, or might have.
    bool was_busy_ = false;
};

}  // namespace muster::detail
