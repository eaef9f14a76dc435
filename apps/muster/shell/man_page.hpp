// Manual pages, made from the table of flags.
//
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace muster {

struct ManPage {
    std::string file;  ///< "man1/muster-get.1"
    std::string text;  ///< As man(7) has it.
};

/// muster(1), muster-COMMAND(1) for each, muster.toml(5).
[[nodiscard]] std::vector<ManPage> man_pages(std::string_view version);

}  // namespace muster
