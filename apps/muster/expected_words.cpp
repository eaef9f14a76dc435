// Words of an expectation.
#include "expected_words.hpp"

#include <algorithm>

#include "people_text.hpp"

namespace muster {
namespace {

constexpr std::size_t kIdsNamed = 5;

std::string missing_words(const ExpectedEntry& expected, std::optional<WallTime> now) {
    if (!expected.missing) return ", not known yet";
    if (*expected.missing == 0) return {};
    std::string words = ", " + std::to_string(*expected.missing) + " missing";
    if (!expected.since) return words;
    words += " since " + clock_text(*expected.since);
    if (now) {
        const Duration ago = std::max(Duration::zero(), Duration(*now - *expected.since));
        words += " (" + age_text(ago) + ')';
    }
    return words;
}

}  // namespace

bool is_met(const ExpectedEntry& expected) noexcept {
    return expected.missing && *expected.missing == 0;
}

std::string expected_words(const ExpectedEntry& expected, std::optional<WallTime> now) {
    std::string words = harmless(expected.component) + ' ' + count_text(expected.present) + " of " +
                        count_text(expected.workers) + missing_words(expected, now);
    if (!is_met(expected) && !expected.why.empty()) words += ": " + harmless(expected.why);
    for (std::size_t i = 0; i < std::min(expected.missing_ids.size(), kIdsNamed); ++i) {
        words += (i == 0 ? " (" : ", ") + harmless(expected.missing_ids[i]);
    }
    if (expected.missing_ids.size() > kIdsNamed) words += ", ...";
    return expected.missing_ids.empty() ? words : words + ')';
}

}  // namespace muster
