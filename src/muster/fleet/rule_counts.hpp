// How often each rule of the view decided something. For tests (a rule that never fired was never
// tested) and for `--log-level debug`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace muster {

enum class Rule : std::uint8_t {
    load_changed,
    load_confirmed,
    silence_confirmed,
    starting_zeros,
    field_forgotten,
    old_question,
    overtaken_by_push,
    push_in_doubt,
    push_unproven,
    question_skipped,
    push_ambiguous,
    push_unknown,
    generation_by_start,
    generation_by_counter,
    old_process,
    duplicate,
    older_takes_over,
    rank_renamed,
    rank_missing,
    rank_unheard,
    tombstone_ended,
    tombstone_expired,
    round_missed,
    round_void,
    no_responders,
    source_suspect,
    source_cleared,
    echo_only,
    question_withheld,
    reconnected,
    resumed,
    lost_silent,
    lost_mass,
    lost_refused,
    lost_withdrawn,
    mass_silence,
    pinned_kept,
    refused,
    zombie,
    withdrawal_held,
    listing_outage,
    frozen_equal,
    frozen_requests,
    frozen_ended,
    interval_relaxed,
    interval_tightened,
    slot_replaced,
    state_passed,
    without_load,
    expectation_missed,
    expectation_met,
    expectation_unknown,
    rules_replaced,
    relabelled,
    tombstone_restored,
    worker_restored,
    worker_recalled,
    restored_heard,
};
inline constexpr std::size_t kRuleCount = 58;

inline constexpr std::array<std::string_view, kRuleCount> kRuleNames = {"load_changed",
                                                                        "load_confirmed",
                                                                        "silence_confirmed",
                                                                        "starting_zeros",
                                                                        "field_forgotten",
                                                                        "old_question",
                                                                        "overtaken_by_push",
                                                                        "push_in_doubt",
                                                                        "push_unproven",
                                                                        "question_skipped",
                                                                        "push_ambiguous",
                                                                        "push_unknown",
                                                                        "generation_by_start",
                                                                        "generation_by_counter",
                                                                        "old_process",
                                                                        "duplicate",
                                                                        "older_takes_over",
                                                                        "rank_renamed",
                                                                        "rank_missing",
                                                                        "rank_unheard",
                                                                        "tombstone_ended",
                                                                        "tombstone_expired",
                                                                        "round_missed",
                                                                        "round_void",
                                                                        "no_responders",
                                                                        "source_suspect",
                                                                        "source_cleared",
                                                                        "echo_only",
                                                                        "question_withheld",
                                                                        "reconnected",
                                                                        "resumed",
                                                                        "lost_silent",
                                                                        "lost_mass",
                                                                        "lost_refused",
                                                                        "lost_withdrawn",
                                                                        "mass_silence",
                                                                        "pinned_kept",
                                                                        "refused",
                                                                        "zombie",
                                                                        "withdrawal_held",
                                                                        "listing_outage",
                                                                        "frozen_equal",
                                                                        "frozen_requests",
                                                                        "frozen_ended",
                                                                        "interval_relaxed",
                                                                        "interval_tightened",
                                                                        "slot_replaced",
                                                                        "state_passed",
                                                                        "without_load",
                                                                        "expectation_missed",
                                                                        "expectation_met",
                                                                        "expectation_unknown",
                                                                        "rules_replaced",
                                                                        "relabelled",
                                                                        "tombstone_restored",
                                                                        "worker_restored",
                                                                        "worker_recalled",
                                                                        "restored_heard"};

class RuleCounts {
public:
    void fired(Rule rule) noexcept { ++counts_[static_cast<std::size_t>(rule)]; }
    RuleCounts& operator+=(const RuleCounts& more) noexcept {
        for (std::size_t i = 0; i < kRuleCount; ++i) counts_[i] += more.counts_[i];
        return *this;
    }
    [[nodiscard]] std::uint64_t of(Rule rule) const noexcept {
        return counts_[static_cast<std::size_t>(rule)];
    }

private:
    std::array<std::uint64_t, kRuleCount> counts_{};
};

}  // namespace muster
