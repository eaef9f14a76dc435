#include "muster/serve/metrics_format.hpp"

#include <algorithm>

#include "muster/io/http/http_message.hpp"
#include "muster/serve/media_range.hpp"

namespace muster {

PrometheusFormat metrics_format_of(std::optional<std::string_view> accept) noexcept {
    double open = 0.0;
    double text = 0.0;
    std::string_view list = accept.value_or("");
    while (!list.empty()) {
        const MediaRange range = take_media_range(list);
        const bool any_version = range.version.empty();
        if (same_token(range.type, "application/openmetrics-text") &&
            (any_version || range.version == "1.0.0")) {
            open = std::max(open, range.quality);
        }
        if (same_token(range.type, "text/plain") && (any_version || range.version == "0.0.4")) {
            text = std::max(text, range.quality);
        }
    }
    return open > 0.0 && open >= text ? PrometheusFormat::openmetrics : PrometheusFormat::text;
}

}  // namespace muster
