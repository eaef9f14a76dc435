// A text that a command prints and is done.
#pragma once

#include <stop_token>
#include <string>

#include "error_report.hpp"

namespace muster {

struct PrintedFile {
    std::string text;
};

[[nodiscard]] ExitCode print_file(const PrintedFile& file, const std::stop_token& stop);

}  // namespace muster
