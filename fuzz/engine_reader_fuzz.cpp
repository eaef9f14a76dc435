// A server that answers anything to anything, scrape after scrape: the reader asks on, keeps its
// bounds, and tells no load that cannot be a number.
//
// The input is a list of answers: a byte for the status, then the body up to a zero byte.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "muster/base/limits.hpp"
#include "muster/engines/engine_reader.hpp"

namespace {

constexpr int kStatuses[] = {200, 200, 200, 200, 400, 404, 501, 503};

void check(const muster::EngineScrape& scrape) {
    if (scrape.reports.size() > muster::kRanksPerInstanceMax) std::abort();
    if (scrape.models.size() > muster::kModelsPerServerMax) std::abort();
    if (scrape.raw.size() > muster::kRawRecordBytesMax) std::abort();
    if (!scrape.reports.empty() && !scrape.engine) std::abort();
    for (const muster::EngineReport& report : scrape.reports) {
        if (!std::isfinite(report.load.kv_usage)) std::abort();
        if (!(report.load.prefix_hit_rate >= 0.0)) std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    muster::EngineReader reader;
    muster::Time now(std::chrono::seconds(1));
    while (!rest.empty()) {
        int questions = 0;
        now += std::chrono::seconds(2);
        for (auto asks = reader.next(now); !asks.empty(); asks = reader.more()) {
            for (const muster::DocumentRequest& ask : asks) {
                if (++questions > 200) std::abort();
                if (rest.empty()) continue;
                const int status = kStatuses[static_cast<unsigned char>(rest.front()) % 8];
                rest.remove_prefix(1);
                // Of exactly its size, so that a sanitizer sees a byte read too many.
                const std::string body(rest.substr(0, rest.find('\0')));
                rest.remove_prefix(std::min(rest.size(), body.size() + 1));
                static_cast<void>(reader.take({.document = ask.document,
                                               .target = ask.target,
                                               .status = status,
                                               .body = body,
                                               .sent = now,
                                               .received = now}));
            }
        }
        check(reader.finish());
    }
    return 0;
}
