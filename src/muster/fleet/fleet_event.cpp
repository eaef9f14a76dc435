#include "muster/fleet/fleet_event.hpp"

#include <algorithm>

namespace muster {

std::string words_of(FleetEventKind kind) {
    std::string words(name_of(kind));
    std::replace(words.begin(), words.end(), '_', ' ');
    return words;
}

}  // namespace muster
