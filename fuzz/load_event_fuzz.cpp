// Pushed load events: the liberal reading takes all that the strict one takes, same numbers.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "muster/base/limits.hpp"
#include "muster/wire/forward_pass_metrics.hpp"
#include "muster/wire/strict_stats.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static muster::LoadEventParser parser;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto event = parser.parse(bytes);
    const auto strict = muster::decode_load_event_strictly(bytes, {0, 6, 1});
    if (!strict) return 0;
    const bool waiting_fits = strict->data.num_requests_waiting <= muster::kCountMax;
    if (!event) {
        // Refused on purpose: bytes that serde_json never looks at, or nothing within our range.
        const bool expected = event.error().reason == muster::RejectReason::not_utf8 ||
                              event.error().reason == muster::RejectReason::bad_metrics;
        if (!expected || waiting_fits) {
            if (event.error().reason != muster::RejectReason::not_utf8) std::abort();
        }
        return 0;
    }
    const auto waiting = event->record.load.count(muster::LoadField::waiting);
    if (event->worker_id != strict->worker_id || waiting.has_value() != waiting_fits) std::abort();
    if (waiting && *waiting != strict->data.num_requests_waiting) std::abort();
    if (event->record.rank != strict->data.data_parallel_rank) std::abort();
    return 0;
}
