// Media ranges: what a client's Accept says it would rather have.
//
// Pure functions; any thread.
#pragma once

#include <string_view>

namespace muster {

/// One entry of Accept, e.g. `text/plain;version=0.0.4;q=0.5`. The views are into the field.
struct MediaRange {
    std::string_view type;
    std::string_view version;  ///< Empty: any.
    double quality = 1.0;      ///< From 0 to 1.
};

/// Cuts the first range off the list. REQUIRES: `list` is not empty.
[[nodiscard]] MediaRange take_media_range(std::string_view& list) noexcept;

/// Whether the client names HTML, and nothing that it would rather have as plain text: a browser
/// does, curl does not.
[[nodiscard]] bool prefers_html(std::string_view accept) noexcept;

}  // namespace muster
