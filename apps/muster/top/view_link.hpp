// How the views that are shown reach us, and how that goes.
#pragma once

#include <string>

#include "muster/base/time.hpp"

namespace muster {

struct ViewLink {
    std::string place;    ///< "http://127.0.0.1:6878"; empty: this program collects by itself.
    bool away = false;    ///< No view comes any more.
    Duration silent{};    ///< Since the last one.
    std::string failure;  ///< In a few words; may be empty although it is away.
};

}  // namespace muster
