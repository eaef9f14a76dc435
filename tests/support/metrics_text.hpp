// Reads a metrics page back, strictly, and complains: a second opinion on what muster writes.
//
// For tests. Knows both text forms as far as muster writes them; tests/metrics asks promtool and
// the parser of Prometheus's Python client about the rest.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace muster::testing {

struct MetricsText {
    using Labels = std::map<std::string, std::string>;
    struct Sample {
        std::string name;
        Labels labels;  ///< Unescaped.
        std::string value;
    };
    std::map<std::string, std::string> types;  ///< By the name that TYPE gives.
    std::map<std::string, std::string> units;
    std::vector<Sample> samples;
    std::vector<std::string> complaints;
    bool ended = false;  ///< "# EOF" was the last line.

    /// The value of the one sample of that name that has these labels, among others; empty if
    /// there is none.
    [[nodiscard]] std::string value(std::string_view name, const Labels& labels = {}) const;
    [[nodiscard]] std::size_t count(std::string_view name, const Labels& labels = {}) const;
};

[[nodiscard]] MetricsText read_metrics(std::string_view text);

}  // namespace muster::testing
