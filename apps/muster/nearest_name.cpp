// The distance of Damerau and Levenshtein, restricted form: enough for slips of the keyboard.
#include "nearest_name.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace muster {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::size_t slips_between(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before_last(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool same = lower(a[i - 1]) == lower(b[j - 1]);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
            const bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                                 lower(a[i - 2]) == lower(b[j - 1]);
            if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
        before_last.swap(last);
        last.swap(row);
    }
    return last[b.size()];
}

// A longer word can be nobody's slip, and the cost is the product of the lengths.
constexpr std::size_t kLengthMax = 64;

}  // namespace

std::optional<std::string> nearest_name(std::string_view given,
                                        std::span<const std::string> candidates) {
    if (given.size() > kLengthMax) return std::nullopt;
    std::optional<std::string> nearest;
    std::size_t fewest = std::max<std::size_t>(1, given.size() / 3) + 1;
    for (const std::string& candidate : candidates) {
        if (candidate.size() > kLengthMax) continue;
        const std::size_t slips = slips_between(given, candidate);
        if (slips >= fewest) continue;
        fewest = slips;
        nearest = candidate;
    }
    return nearest;
}

}  // namespace muster
