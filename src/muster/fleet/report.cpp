#include "muster/fleet/report.hpp"

namespace muster {

std::string_view name_of(Road road) noexcept {
    switch (road) {
        case Road::polled: return "polled";
        case Road::pushed_with_heartbeat: return "pushed_with_heartbeat";
        case Road::pushed_on_change: return "pushed_on_change";
    }
    return "polled";
}

}  // namespace muster
