// What a worker said once. The wire and a source make reports, FleetState::apply takes them.
//
// Reports are views into the caller's buffers: they live for the call only and allocate nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "muster/base/strong_id.hpp"
#include "muster/base/time.hpp"
#include "muster/fleet/labels.hpp"
#include "muster/fleet/load.hpp"
#include "muster/fleet/reject_reason.hpp"
#include "muster/fleet/worker_activity.hpp"

namespace muster {

/// How a road tells of change, and so what silence on it means.
enum class Road : std::uint8_t {
    polled,                 ///< Asked; no answer is a miss.
    pushed_with_heartbeat,  ///< Sent unasked at a steady beat; no beat is a miss.
    pushed_on_change,       ///< Sent when something changed; silence is ambiguous.
};

[[nodiscard]] std::string_view name_of(Road road) noexcept;

/// An instance (process) as a report names it: by number, or by name where it has no number.
struct InstanceRef {
    std::optional<std::uint64_t> id;
    std::string_view name;  ///< NATS service id; read only where `id` is absent.
};

/// When and how often the source asked, where that is its own affair: each HTTP engine is asked at
/// a beat of its own (SourceSpec::own_beat).
struct OwnBeat {
    Time sent{};
    Duration interval{};
    Duration patience{};
};

/// One process's answer to one question, or to none.
/// An answer without `load` still proves life; `offers_load` false lists it as one without load.
struct Answer {
    ComponentId component;
    RoundId round;  ///< The question it answers; FleetState knows when that was sent.
    /// Where it knows not: then `round` is the source's own count of questions to this instance.
    std::optional<OwnBeat> own_beat;
    Time received{};
    InstanceRef instance;
    std::string_view service_id;
    /// The process's own start time, nanoseconds since 1970 by its own clock; only ever compared
    /// with another start time of the same instance. Absent where the worker does not tell.
    std::optional<std::int64_t> started;
    /// The source saw by itself that another process answers than before.
    bool restarted = false;
    /// Requests accepted since its start, where it counts them (Dynamo: `generate`).
    std::optional<std::uint64_t> requests_total;
    bool offers_load = true;
    /// All zeros mean an idle worker, not one that is starting (HTTP engines).
    bool zeros_are_idle = false;
    /// Differs from the one before exactly if the worker did some work in between, where its
    /// counters tell: judged beside the load for `frozen`.
    std::optional<std::uint64_t> progress;
    /// Its counters tell of work since the answer before that no load of it showed.
    bool was_busy = false;
    WorkRates rates;
    /// How old the load was, by the worker's own clock, when it answered; absent where it does not
    /// tell.
    std::optional<Duration> captured_lag;
    std::optional<std::uint32_t> rank;
    const Load* load = nullptr;  ///< Null: it answered without a (usable) load record.
    SpecDecodePtr spec_decode;
    std::string_view address;  ///< For a new worker's identity, e.g. `nats:SUBJECT`.
    std::string_view engine;
    std::span<const std::string> models;  ///< Those it serves; empty: not told.
    std::string_view raw;  ///< The record as it was received; empty: nobody wants to see it.
};

/// A worker that a source is going to ask, by what discovery says of it.
struct Announcement {
    InstanceRef instance;
    std::string_view address;
    Labels labels;
};

/// What a worker turned out to be.
struct EngineFacts {
    std::string_view engine;
    std::vector<std::string> models;
};

/// One unasked record.
struct Push {
    Road road = Road::pushed_on_change;
    Time received{};
    std::uint64_t worker_id = 0;
    std::optional<std::uint32_t> rank;
    const Load* load = nullptr;  ///< Not null.
    SpecDecodePtr spec_decode;
    std::string_view address;  ///< For a new worker's identity.
    std::string_view raw;      ///< As in Answer.
};

/// A field that cannot be, by its size or beside its neighbours: it became unknown.
struct DroppedField {
    LoadField field{};
    RejectReason reason{};
    friend bool operator==(const DroppedField&, const DroppedField&) = default;
};

/// Those of one load, each field at most once.
class DroppedFields {
public:
    /// REQUIRES: `field` is not among them yet.
    void add(LoadField field, RejectReason reason) noexcept { items_[count_++] = {field, reason}; }
    [[nodiscard]] std::span<const DroppedField> items() const noexcept {
        return {items_.data(), count_};
    }

private:
    std::array<DroppedField, kLoadFieldCount> items_{};
    std::size_t count_ = 0;
};

/// What FleetState made of a report.
struct Verdict {
    enum class Outcome : std::uint8_t {
        changed,     ///< The load was news.
        confirmed,   ///< The load was known; it is younger now.
        alive_only,  ///< It proves life, nothing else.
        rejected,    ///< Not applied at all.
    };
    Outcome outcome = Outcome::rejected;
    std::optional<RejectReason> reason;  ///< Why it, or its load, was not applied.
    DroppedFields dropped{};             ///< What of its load was not taken, field by field.
};

inline constexpr std::size_t kOutcomeCount = 4;
/// The names on every surface (`outcome` in Prometheus), in enum order.
inline constexpr std::array<std::string_view, kOutcomeCount> kOutcomeNames = {
    "changed", "confirmed", "alive_only", "rejected"};

}  // namespace muster
