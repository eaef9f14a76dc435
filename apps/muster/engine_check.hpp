// `muster check URL...`: what is that server, what does it offer, what is missing and how is it
// switched on, what does a scrape cost it, do its numbers move?
#pragma once

#include <stop_token>
#include <string>

#include "check_command.hpp"
#include "error_report.hpp"
#include "muster/io/http/engine_probe.hpp"

namespace muster {

/// Code 3 if a server could not be asked, else 1 if one tells no load or hangs, else 0.
[[nodiscard]] ExitCode check_engines(const CheckOptions& options, const std::stop_token& stop);

/// What stands in the code.
[[nodiscard]] ExitCode verdict_on(const ProbedEngine& engine);
/// Some lines for people.
[[nodiscard]] std::string probe_words(const ScrapeTarget& target, const ProbedEngine& engine);
/// One object for programs.
void append_probe_json(std::string& out, const ScrapeTarget& target, const ProbedEngine& engine);

}  // namespace muster
