// What is known of a source and of the components behind it, as a view shows it.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "muster/base/strong_id.hpp"
#include "muster/base/time.hpp"
#include "muster/fleet/reject_reason.hpp"
#include "muster/fleet/report.hpp"

namespace muster {

enum class SourceState : std::uint8_t { connected, suspect, disconnected };

inline constexpr std::array<std::string_view, 3> kSourceStateNames = {"connected", "suspect",
                                                                      "disconnected"};
[[nodiscard]] constexpr std::string_view name_of(SourceState state) noexcept {
    return kSourceStateNames[static_cast<std::size_t>(state)];
}

/// Counts since the start. Written by the collector and the source, read by anyone, relaxed:
/// volatile, no part of a view's value.
struct SourceCounters {
    std::atomic<std::uint64_t> asked{0};         ///< Questions sent (rounds).
    std::atomic<std::uint64_t> answered{0};      ///< Answers matched to a question.
    std::atomic<std::uint64_t> late_answers{0};  ///< Of these, after the patience.
    std::atomic<std::uint64_t> pushes{0};        ///< Pushes applied.
    std::atomic<std::uint64_t> echoes{0};        ///< Own echoes received.
    std::atomic<std::uint64_t> no_responders{0};
    std::atomic<std::uint64_t> reconnects{0};
    std::atomic<std::uint64_t> dropped{0};            ///< Given up as a slow consumer.
    std::atomic<std::uint64_t> permission_errors{0};  ///< Permission violations reported.
    std::array<std::atomic<std::uint64_t>, kRejectReasonCount> rejected{};
    std::array<std::atomic<std::uint64_t>, kOutcomeCount> reports{};  ///< By what became of them.

    void count_report(Verdict::Outcome outcome) noexcept {
        reports[static_cast<std::size_t>(outcome)].fetch_add(1, std::memory_order_relaxed);
    }
    void reject(RejectReason reason) noexcept {
        rejected[static_cast<std::size_t>(reason)].fetch_add(1, std::memory_order_relaxed);
    }
};

/// "38 of 64 of dynamo/backend silent since T."
struct MassSilence {
    std::string component;
    std::size_t silent = 0;
    std::size_t total = 0;
    Time since{};
    friend bool operator==(const MassSilence&, const MassSilence&) = default;
};

struct SourceInfo {
    SourceId source;
    std::string id;      ///< "nats-1"
    std::string kind;    ///< "nats"
    std::string target;  ///< "nats://127.0.0.1:4222", never with a secret.
    SourceState state = SourceState::disconnected;
    Time since{};        ///< Of the state.
    std::string reason;  ///< Why it is in that state; empty when connected.
    std::optional<std::string> last_error;
    std::vector<MassSilence> mass_silences;
    std::vector<std::string> foreign_services;  ///< Seen on it, not ours, never asked.
    bool asked_once = false;                    ///< Reached and asked at least once (readiness).
    std::shared_ptr<const SourceCounters> counters;
};

/// An instance that offers neither a load endpoint nor pushes: it lives, but tells no load.
struct InstanceWithoutLoad {
    std::string id;  ///< `COMPONENT/INSTANCE`
    Time since{};
};

struct ComponentInfo {
    ComponentId component;
    std::string name;  ///< "dynamo/backend"
    SourceId source;
    Duration interval{};  ///< In force now.
    Duration patience{};
    std::vector<InstanceWithoutLoad> without_load;
};

}  // namespace muster
