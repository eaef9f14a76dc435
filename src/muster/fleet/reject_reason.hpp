// Why something a worker or a stranger said was not taken, or not whole. Enumerated, counted per
// source, and documented in docs/guide/rejections.md; a reason that is not here does not exist.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace muster {

enum class RejectReason : std::uint8_t {
    // The whole reply.
    too_large,        ///< Above kReplyBytesMax.
    not_utf8,         ///< Bytes that are no UTF-8.
    not_json,         ///< Not a JSON document, or cut off.
    bad_service,      ///< Not a service record: a required field is missing or of a wrong type.
    unsolicited,      ///< On our reply subject, but of no question we remember.
    foreign_name,     ///< A service name other than the one asked.
    foreign_subject,  ///< The load endpoint's subject carries no instance id, or another one.
    // One record.
    bad_metrics,        ///< The load record is no object, or nothing usable is left of it.
    unknown_worker,     ///< A push for an instance that nobody has answered for.
    ambiguous,          ///< A push for an id that several instances of its namespace have.
    rank_missing,       ///< A record without a rank from an instance with several ranked workers.
    old_process,        ///< From a process that a newer one has replaced.
    old_question,       ///< An answer to an older question than the one already applied.
    overtaken_by_push,  ///< Asked before the last accepted push: proves life, not load.
    too_many_workers,   ///< Above kWorkersMax or kRanksPerInstanceMax.
    // One field; the rest of the record is used.
    field_null,           ///< null: a NaN or an infinity at the sender.
    field_wrong_type,     ///< Not the type the form says.
    field_missing,        ///< Required by the form, absent.
    field_out_of_range,   ///< Negative, above 2^53, a fraction outside 0-1.
    field_above_total,    ///< More active than there are.
    field_zero_capacity,  ///< A capacity of 0 beside other values.
};

inline constexpr std::size_t kRejectReasonCount = 21;

/// The names on every surface (`rejected` in JSON, `reason` in Prometheus), in enum order.
inline constexpr std::array<std::string_view, kRejectReasonCount> kRejectReasonNames = {
    "too_large",          "not_utf8",          "not_json",           "bad_service",
    "unsolicited",        "foreign_name",      "foreign_subject",    "bad_metrics",
    "unknown_worker",     "ambiguous",         "rank_missing",       "old_process",
    "old_question",       "overtaken_by_push", "too_many_workers",   "field_null",
    "field_wrong_type",   "field_missing",     "field_out_of_range", "field_above_total",
    "field_zero_capacity"};

[[nodiscard]] constexpr std::string_view name_of(RejectReason reason) noexcept {
    return kRejectReasonNames[static_cast<std::size_t>(reason)];
}

}  // namespace muster
