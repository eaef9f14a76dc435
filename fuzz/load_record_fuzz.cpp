// Load records of every form, read liberally: whatever comes, fields known are in their range.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "muster/base/limits.hpp"
#include "muster/wire/forward_pass_metrics.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static muster::LoadEventParser parser;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto read = parser.parse_record(bytes);
    if (!read) return 0;
    const muster::Load& load = read->record.load;
    if (load.known.empty()) std::abort();
    for (const std::uint64_t count :
         {load.running, load.slots, load.waiting, load.kv_active_blocks, load.kv_total_blocks}) {
        if (count > muster::kCountMax) std::abort();
    }
    for (const double fraction : {load.kv_usage, load.prefix_hit_rate}) {
        if (!(fraction >= 0.0 && fraction <= 1.0)) std::abort();
    }
    return 0;
}
