// The strict reading: what was read and printed again reads as the same value.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "muster/wire/detail/serde_json.hpp"
#include "muster/wire/strict_stats.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    for (const muster::DynamoRelease release :
         {muster::DynamoRelease{0, 2, 1}, muster::DynamoRelease{0, 3, 1},
          muster::DynamoRelease{0, 5, 1}}) {
        const auto service = muster::decode_service_strictly(bytes, release);
        (void)muster::decode_load_event_strictly(bytes, release);
        if (!service) continue;
        for (const auto& endpoint : service->endpoints) {
            if (endpoint.stats) {
                (void)muster::decode_metrics_strictly(endpoint.stats->data, release);
            }
        }
    }
    muster::JsonValue value;
    muster::detail::SerdeJsonReader reader(bytes);
    const bool parsed = reader.parse(value) && reader.end();
    muster::detail::SerdeJsonReader passer(bytes);
    const bool passed = passer.ignore() && passer.end();
    // What is good when it is read is good when it is ignored.
    if (parsed && !passed) std::abort();
    if (!parsed) return 0;
    const std::string text = muster::to_string(value);
    muster::JsonValue again;
    muster::detail::SerdeJsonReader second(text);
    if (!second.parse(again) || !second.end() || !(again == value)) std::abort();
    return 0;
}
