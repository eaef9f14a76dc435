// Our own JSON read back: any bytes are understood or refused, and what was understood keeps the
// invariants of a load.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "muster/wire/fleet_document.hpp"

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

void check(const muster::Load& load) {
    muster::Load again = load;
    for (std::size_t i = 0; i < muster::kLoadFieldCount; ++i) {
        const auto field = static_cast<muster::LoadField>(i);
        if (!load.known.has(field)) again.forget(field);
    }
    require(again == load);  // What is not known holds 0; and no NaN is in it.
}

void check(const muster::WorkerEntry& worker) {
    check(worker.load);
    for (const auto& number : {worker.age_ms, worker.alive_age_ms, worker.rtt_ms,
                               worker.interval_ms, worker.patience_ms}) {
        require(!number || std::isfinite(*number));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (const auto fleet = muster::parse_fleet_document(bytes)) {
        for (const auto& worker : fleet->workers) check(worker);
        for (const auto& lost : fleet->lost) check(lost.load);
    }
    if (const auto worker = muster::parse_worker_document(bytes)) check(*worker);
    return 0;
}
