#include "muster/collect/journal_record.hpp"

#include <array>

#include "muster/collect/journal_bytes.hpp"

namespace muster {
namespace {

// u32 length of the body, u32 checksum over type and body, u8 type.
constexpr std::size_t kFrameBytes = 9;

constexpr std::array<std::uint32_t, 256> make_table() {
    constexpr std::uint32_t kCastagnoli = 0x82f63b78U;  // Reflected.
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t word = i;
        for (int bit = 0; bit < 8; ++bit) {
            word = (word & 1U) != 0 ? (word >> 1U) ^ kCastagnoli : word >> 1U;
        }
        table[i] = word;
    }
    return table;
}

}  // namespace

std::uint32_t checksum_of(std::string_view bytes, std::uint32_t seed) noexcept {
    static constexpr std::array<std::uint32_t, 256> kTable = make_table();
    std::uint32_t sum = ~seed;
    for (const char c : bytes) {
        sum = (sum >> 8U) ^ kTable[(sum ^ static_cast<std::uint8_t>(c)) & 0xffU];
    }
    return ~sum;
}

void append_record(std::string& out, JournalRecordType type, std::string_view body) {
    const char kind = static_cast<char>(type);
    ByteWriter writer(out);
    writer.fixed32(static_cast<std::uint32_t>(body.size()));
    writer.fixed32(checksum_of(body, checksum_of({&kind, 1})));
    out += kind;
    out += body;
}

JournalRecords::JournalRecords(std::string_view segment) noexcept
    : segment_(segment), known_(segment.starts_with(kJournalMark)) {
    if (known_) at_ = kJournalMark.size();
}

std::optional<JournalRecord> JournalRecords::next() noexcept {
    if (!known_ || segment_.size() - at_ < kFrameBytes) return std::nullopt;
    ByteReader frame(segment_.substr(at_, kFrameBytes));
    const std::uint32_t size = frame.fixed32();
    const std::uint32_t checksum = frame.fixed32();
    const std::uint8_t type = frame.byte();
    if (size > kJournalRecordBytesMax || size > segment_.size() - at_ - kFrameBytes) {
        return std::nullopt;
    }
    const std::string_view checked = segment_.substr(at_ + kFrameBytes - 1, size + 1);
    if (checksum_of(checked) != checksum) return std::nullopt;
    const JournalRecord record{static_cast<JournalRecordType>(type), checked.substr(1), at_};
    at_ += kFrameBytes + size;
    return record;
}

}  // namespace muster
