// Labels: what people write about workers in the configuration (zone, tier...), to find them by and
// to sort metrics by. A worker has them from its first row on; they say nothing about its load.
//
// Pure; any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace muster {

/// Name and value, sorted by name, each name once.
using Labels = std::vector<std::pair<std::string, std::string>>;

/// A metric's series carries its labels at every scrape: more per worker are a mistake.
inline constexpr std::size_t kLabelsPerWorkerMax = 16;
/// Rules are tried one by one for each worker that appears.
inline constexpr std::size_t kLabelRulesMax = 1'000;

/// Gives its labels to the workers whose component or id matches the pattern.
struct LabelRule {
    std::string pattern;  ///< "dynamo/backend", "dynamo/*", "dynamo/backend/75*"
    Labels labels;
    friend bool operator==(const LabelRule&, const LabelRule&) = default;
};

/// `*` stands for any text, also none and also with slashes, `?` for one character.
[[nodiscard]] bool matches_pattern(std::string_view pattern, std::string_view text) noexcept;

/// What the rules give to a worker; where two give the same name, the later one counts. At most
/// kLabelsPerWorkerMax, the first by name.
[[nodiscard]] Labels labels_of(std::span<const LabelRule> rules, std::string_view component,
                               std::string_view worker_id);

/// `labels` and those of `over`, which count where both give a name. At most kLabelsPerWorkerMax.
[[nodiscard]] Labels with_labels(Labels labels, const Labels& over);

/// Fit for metrics: a letter or `_`, then letters, digits or `_`, at most 64; not beginning with
/// `__`, and none of the names that series have already.
[[nodiscard]] bool is_label_name(std::string_view name) noexcept;

}  // namespace muster
