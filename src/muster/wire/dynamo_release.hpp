// Which release of Dynamo speaks how: the one table behind the writers and the simulated workers.
// Constants and pure functions.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "muster/wire/dynamo_names.hpp"

namespace muster {

/// A release of `ai-dynamo-runtime`.
struct DynamoRelease {
    std::uint16_t major = 0;
    std::uint16_t minor = 5;
    std::uint16_t patch = 1;
    friend constexpr auto operator<=>(const DynamoRelease&, const DynamoRelease&) = default;
};

/// Reads `0.5.1`; absent for anything else than three numbers.
[[nodiscard]] std::optional<DynamoRelease> parse_dynamo_release(std::string_view text) noexcept;
[[nodiscard]] std::string to_string(DynamoRelease release);

/// The shape of the load record.
enum class MetricsForm : std::uint8_t {
    flat,         ///< A: 0.1.0-0.2.1.
    flat_ranked,  ///< A': 0.3.0 and 0.3.1, with `data_parallel_rank`.
    nested,       ///< B: 0.3.2 on.
};

[[nodiscard]] constexpr MetricsForm metrics_form_of(DynamoRelease r) noexcept {
    if (r < DynamoRelease{0, 3, 0}) return MetricsForm::flat;
    return r < DynamoRelease{0, 3, 2} ? MetricsForm::flat_ranked : MetricsForm::nested;
}
[[nodiscard]] constexpr SlugRule slug_rule_of(DynamoRelease r) noexcept {
    if (r < DynamoRelease{0, 1, 1}) return SlugRule::unique_bar;
    return r < DynamoRelease{0, 2, 1} ? SlugRule::unique_underscore : SlugRule::plain;
}
/// Keys of `data` in alphabetical order (up to 0.4.1), else as declared.
[[nodiscard]] constexpr bool sorts_metrics_keys(DynamoRelease r) noexcept {
    return r < DynamoRelease{0, 5, 0};
}
/// `average_processing_time` is read as a float up to 0.4.0, as an unsigned integer after.
[[nodiscard]] constexpr bool reads_average_as_float(DynamoRelease r) noexcept {
    return r < DynamoRelease{0, 4, 1};
}
/// Has a `load_metrics` endpoint whose STATS carry the load.
[[nodiscard]] constexpr bool serves_load(DynamoRelease r) noexcept {
    return r < DynamoRelease{0, 6, 1};
}
/// Pushes JSON on `namespace.NS.kv_metrics`.
[[nodiscard]] constexpr bool pushes_load(DynamoRelease r) noexcept {
    return r >= DynamoRelease{0, 4, 1} && r < DynamoRelease{0, 8, 0};
}
/// Leaves `data` out of STATS instead of sending null.
[[nodiscard]] constexpr bool omits_data(DynamoRelease r) noexcept {
    return r >= DynamoRelease{0, 8, 0};
}
/// The version its NATS service reports: `0.0.1` up to 0.6.0, then the release's own.
[[nodiscard]] std::string service_version_of(DynamoRelease release);

}  // namespace muster
