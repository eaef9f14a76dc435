#include "muster/fleet/state/raw_intake.hpp"

#include "muster/base/limits.hpp"

namespace muster {
namespace {

// Records differ by some digits from one to the next: with room for them they need no new memory.
constexpr std::size_t kSpareBytes = 64;

/// What a string has taken from the heap: short ones need none.
std::size_t allocated(const std::string& text) {
    const std::size_t capacity = text.capacity();
    return capacity == std::string().capacity() ? 0 : capacity;
}

/// False if the bound for all workers together would be broken.
bool make_room(FleetParts& parts, std::string& text, std::size_t bytes) {
    parts.raw_use.bytes -= allocated(text);
    text = std::string();
    if (parts.raw_use.bytes + bytes + kSpareBytes > kRawRecordsBytesMax) return false;
    text.reserve(bytes + kSpareBytes);
    parts.raw_use.bytes += allocated(text);
    return true;
}

}  // namespace

void keep_raw(FleetParts& parts, WorkerRow& row, const RawIntake& record) {
    const std::string_view kept = record.text.substr(0, kRawRecordBytesMax);
    if (kept.empty()) return;
    if (row.raw == nullptr) row.raw = std::make_unique<RawRecord>();
    RawRecord& raw = *row.raw;
    if (kept.size() > raw.text.capacity() && !make_room(parts, raw.text, kept.size())) {
        ++parts.raw_use.not_kept;
        raw.bytes = 0;
        return;
    }
    raw.text.assign(kept);
    raw.bytes = record.text.size();
    raw.road = record.road;
    raw.received = record.received;
}

void forget_raw(FleetParts& parts, WorkerRow& row) {
    if (row.raw == nullptr) return;
    parts.raw_use.bytes -= allocated(row.raw->text);
    row.raw = nullptr;
}

}  // namespace muster
