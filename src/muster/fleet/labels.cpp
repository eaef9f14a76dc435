#include "muster/fleet/labels.hpp"

#include <algorithm>
#include <array>

namespace muster {
namespace {

constexpr std::size_t kLabelNameBytesMax = 64;

// Series of ours have these names already; `instance` and `job` are the scraper's own.
constexpr std::array<std::string_view, 15> kTaken = {
    "component", "engine", "flag",   "instance", "job",   "le",      "model", "outcome",
    "quantile",  "rank",   "reason", "source",   "state", "trouble", "worker"};

bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

void put_label(Labels& labels, const Labels::value_type& label) {
    const auto at = std::ranges::lower_bound(labels, label.first, {}, &Labels::value_type::first);
    if (at != labels.end() && at->first == label.first)
        at->second = label.second;
    else
        labels.insert(at, label);
}

}  // namespace

bool matches_pattern(std::string_view pattern, std::string_view text) noexcept {
    // The last star takes one character more whenever what follows it does not fit: linear but for
    // the product of both lengths in the worst case, which are below 300.
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos;
    std::size_t star_text = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            star_text = t;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++star_text;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

Labels labels_of(std::span<const LabelRule> rules, std::string_view component,
                 std::string_view worker_id) {
    Labels labels;
    for (const LabelRule& rule : rules) {
        if (!matches_pattern(rule.pattern, component) &&
            !matches_pattern(rule.pattern, worker_id)) {
            continue;
        }
        for (const auto& label : rule.labels) put_label(labels, label);
    }
    if (labels.size() > kLabelsPerWorkerMax) labels.resize(kLabelsPerWorkerMax);
    return labels;
}

Labels with_labels(Labels labels, const Labels& over) {
    for (const auto& label : over) put_label(labels, label);
    if (labels.size() > kLabelsPerWorkerMax) labels.resize(kLabelsPerWorkerMax);
    return labels;
}

bool is_label_name(std::string_view name) noexcept {
    if (name.empty() || name.size() > kLabelNameBytesMax || name.starts_with("__")) return false;
    if (!is_letter(name.front()) || std::ranges::find(kTaken, name) != kTaken.end()) return false;
    return std::ranges::all_of(name, [](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

}  // namespace muster
