// ConfigTables: the sections of the configuration file that are no flags, because their keys are
// names of the user's: [labels] and [expect].
//
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "flags/toml_tree.hpp"
#include "muster/base/error.hpp"
#include "muster/fleet/expectation.hpp"
#include "muster/fleet/labels.hpp"

namespace muster {

struct ConfigTables {
    std::vector<LabelRule> labels;  ///< In the file's order.
    std::vector<Expectation> expected;
    friend bool operator==(const ConfigTables&, const ConfigTables&) = default;
};

inline constexpr std::string_view kLabelsSection = "labels";
inline constexpr std::string_view kExpectSection = "expect";

// Each fails (bad_input) with a whole sentence that begins with the place.
[[nodiscard]] Result<void> read_labels(const TomlMember& section, std::string_view file,
                                       ConfigTables& tables);
[[nodiscard]] Result<void> read_expectations(const TomlMember& section, std::string_view file,
                                             ConfigTables& tables);

/// Both sections as they stand in a file; nothing where they are empty.
[[nodiscard]] std::string toml_of(const ConfigTables& tables);
/// [expect] alone.
[[nodiscard]] std::string toml_of(const std::vector<Expectation>& expected);

}  // namespace muster
