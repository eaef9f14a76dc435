// The form of Prometheus's file_sd: a list of groups, each with targets and labels, in YAML or
// JSON (which is YAML too). Pure; any thread.
#pragma once

#include <string_view>
#include <vector>

#include "muster/base/error.hpp"
#include "muster/io/http/scrape_target.hpp"

namespace muster {

/// Targets that one place may name; more are a mistake.
inline constexpr std::size_t kDiscoveredMax = 20'000;

/// All of it, or (bad_input) what is wrong and where, in words that follow the file's name:
/// "line 3: ...: what to do". `__scheme__` and `__metrics_path__` are understood, other labels that
/// begin with `__` are Prometheus's own; one whose name our series need already is called
/// `exported_NAME`, as Prometheus does.
[[nodiscard]] Result<std::vector<ScrapeTarget>> parse_file_sd(std::string_view text);

}  // namespace muster
