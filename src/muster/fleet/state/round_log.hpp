// RoundLog: the last questions to one component, so that any answer is matched to the moment its
// question was sent, and each question is judged exactly once.
//
// A round is outstanding until its echo is back; it is open until it was judged (its patience has
// passed since the echo, or a 503 ended it) or voided (the source fell ill, so its silence says
// nothing). A voided or judged round still gives its answers their true age.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "muster/base/strong_id.hpp"
#include "muster/base/time.hpp"

namespace muster {

struct Round {
    RoundId id;
    Time sent{};
    Duration interval{};  // In force when it was sent.
    Time echo_back = kNever;
    bool outstanding = false;
    bool open = false;
    bool unsent = false;  // The source could not send it.
    /// Instances that answered it or a newer one; absent once one of them left.
    std::optional<std::size_t> answered = 0;
};

class RoundLog {
public:
    /// Answers to older questions are "unsolicited"; at the shortest interval this is 16 s.
    static constexpr std::size_t kRemembered = 64;

    Round& begin(Time sent, Duration interval) noexcept {
        ++last_.value;
        Round& round = rounds_[last_.value % kRemembered];
        round = {
            .id = last_, .sent = sent, .interval = interval, .outstanding = true, .open = true};
        return round;
    }
    /// Null if it was never begun or is forgotten.
    [[nodiscard]] Round* find(RoundId id) noexcept {
        Round& round = rounds_[id.value % kRemembered];
        return id.value != 0 && round.id == id ? &round : nullptr;
    }
    [[nodiscard]] std::size_t outstanding_count() const noexcept {
        std::size_t count = 0;
        for (const Round& round : rounds_) count += round.outstanding ? 1 : 0;
        return count;
    }
    /// An instance that had answered `before` answered `now`, and so all in between.
    void count_answer(RoundId before, RoundId now) noexcept {
        const std::uint64_t oldest = now.value - std::min<std::uint64_t>(now.value, kRemembered);
        for (std::uint64_t id = std::max(before.value, oldest) + 1; id <= now.value; ++id) {
            Round* const round = find(RoundId{id});
            if (round != nullptr && round->answered) ++*round->answered;
        }
    }
    /// An instance left, and nobody knows which of them it had answered.
    void forget_counts() noexcept {
        for (Round& round : rounds_) round.answered.reset();
    }
    /// Nothing is outstanding or open any more.
    void void_all() noexcept {
        for (Round& round : rounds_) round.outstanding = round.open = false;
    }
    [[nodiscard]] bool any_open() const noexcept {
        for (const Round& round : rounds_) {
            if (round.open) return true;
        }
        return false;
    }
    /// All remembered rounds, in no order.
    [[nodiscard]] std::array<Round, kRemembered>& all() noexcept { return rounds_; }
    [[nodiscard]] const std::array<Round, kRemembered>& all() const noexcept { return rounds_; }

private:
    std::array<Round, kRemembered> rounds_{};
    RoundId last_;
};

}  // namespace muster
