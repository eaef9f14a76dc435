// RawRecord: what a worker said last, byte by byte, for who must see it with his own eyes.
//
// Kept per row, beside the values that were read from it, whether or not they could be used;
// bounded per worker and in all (base/limits.hpp). Not part of a view: it changes at every report.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "muster/base/time.hpp"
#include "muster/fleet/report.hpp"

namespace muster {

struct RawRecord {
    std::string text;       ///< At most kRawRecordBytesMax of it.
    std::size_t bytes = 0;  ///< Of the whole record; 0: none is kept.
    Road road = Road::polled;
    Time received{};
};

/// What all of them together take.
struct RawRecordsUse {
    std::size_t bytes = 0;       ///< As allocated now.
    std::uint64_t not_kept = 0;  ///< Records that the bound for all together refused.
};

}  // namespace muster
