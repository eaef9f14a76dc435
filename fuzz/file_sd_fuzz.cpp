// What discovery reads of others: files in the form of file_sd, answers of etcd's gateway.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "muster/io/discovery/detail/etcd_range.hpp"
#include "muster/io/discovery/detail/file_sd.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto targets = muster::parse_file_sd(text);
    if (targets && targets->size() > muster::kDiscoveredMax) std::abort();
    const auto listed = muster::parse_etcd_range(text);
    if (listed && listed->size() > size) std::abort();
    const auto bytes = muster::base64_decode(text);
    if (bytes && bytes->size() > size) std::abort();
    return 0;
}
