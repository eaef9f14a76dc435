// The load record of Dynamo workers, read liberally: field by field, in every form of 0.1-0.7.
//
//   A   flat, 0.1-0.2;  A' flat with a rank, 0.3.0-0.3.1;  B nested, 0.3.2 on;
//   push (0.4.1-0.7): {"worker_id": ..., "data": B}
//
// The push of 0.8 and later (C: `active_decode_blocks`) is told apart and refused, by decision
// 0021. A bad field becomes unknown and is named; a record is refused only if nothing usable is
// left. Checks of one field against another (active above total) are the core's. Thread rule: a
// parser belongs to one thread.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "muster/fleet/load.hpp"
#include "muster/wire/rejection.hpp"

namespace muster {

/// Positions of `num_accepted_tokens_per_pos` that are kept; engines draft a dozen tokens at most.
inline constexpr std::size_t kSpecPositionsMax = 256;

/// The field's name in a worker's record ("request_active_slots"); kLoadFieldNames are ours.
[[nodiscard]] std::string_view record_key(LoadField field) noexcept;

/// What is known from one record. Fractions are 0-1 and have the precision of the 32-bit float the
/// worker held, so that the pulled and the pushed spelling of one value are equal.
struct LoadRecord {
    Load load;
    std::optional<std::uint32_t> rank;
    SpecDecodePtr spec_decode;  ///< Null unless the worker spoke of it.
    friend bool operator==(const LoadRecord&, const LoadRecord&) = default;
};

/// One unasked message on `namespace.NS.kv_metrics`.
struct LoadEvent {
    std::uint64_t worker_id = 0;
    LoadRecord record;
    /// The fields that were not taken, and why.
    std::span<const Rejection> rejections;
};

struct BareRecord {
    LoadRecord record;
    std::span<const Rejection> rejections;
};

class LoadEventParser {
public:
    LoadEventParser();
    ~LoadEventParser();
    LoadEventParser(LoadEventParser&&) noexcept;
    LoadEventParser& operator=(LoadEventParser&&) noexcept;

    /// Views in the result live until the next call. Reasons for refusing all of it: too_large,
    /// not_utf8, not_json, bad_metrics (no object, no worker id, nothing usable in `data`; about
    /// `active_decode_blocks` if it is the push of a later release).
    [[nodiscard]] std::expected<LoadEvent, Rejection> parse(std::string_view payload);
    /// A record by itself, form A, A' or B: what stands under `data`.
    [[nodiscard]] std::expected<BareRecord, Rejection> parse_record(std::string_view payload);

private:
    struct Workings;
    std::unique_ptr<Workings> workings_;
};

}  // namespace muster
