// ByteWriter and ByteReader: numbers and texts as the journal keeps them.
//
// Integers are variable-length (7 bits a byte, the lowest first), so that small differences cost
// one byte; texts carry their length. A reader never reads past its end: what is wrong makes it
// refuse, and everything read afterwards is 0 or empty. Pure; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace muster {

class ByteWriter {
public:
    /// Appends to `out`, which must outlive the writer.
    explicit ByteWriter(std::string& out) noexcept : out_(out) {}

    void byte(std::uint8_t value) { out_ += static_cast<char>(value); }
    void varint(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7U) byte(static_cast<std::uint8_t>(value | 0x80U));
        byte(static_cast<std::uint8_t>(value));
    }
    /// A signed number, small near 0.
    void zigzag(std::int64_t value) {
        varint((static_cast<std::uint64_t>(value) << 1U) ^
               static_cast<std::uint64_t>(value >> 63U));
    }
    void fixed32(std::uint32_t value) {
        for (unsigned shift = 0; shift < 32; shift += 8) {
            byte(static_cast<std::uint8_t>(value >> shift));
        }
    }
    void fixed64(std::uint64_t value) {
        for (unsigned shift = 0; shift < 64; shift += 8) {
            byte(static_cast<std::uint8_t>(value >> shift));
        }
    }
    void text(std::string_view value) {
        varint(value.size());
        out_ += value;
    }

private:
    std::string& out_;
};

class ByteReader {
public:
    explicit ByteReader(std::string_view bytes) noexcept : bytes_(bytes) {}

    std::uint8_t byte() noexcept {
        if (bytes_.empty()) return static_cast<std::uint8_t>(refuse());
        const auto value = static_cast<std::uint8_t>(bytes_.front());
        bytes_.remove_prefix(1);
        return value;
    }
    std::uint64_t varint() noexcept {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const std::uint8_t part = byte();
            if (shift == 63 && part > 1) return refuse();
            value |= static_cast<std::uint64_t>(part & 0x7fU) << shift;
            if ((part & 0x80U) == 0) return value;
        }
        return refuse();
    }
    std::int64_t zigzag() noexcept {
        const std::uint64_t value = varint();
        return static_cast<std::int64_t>(value >> 1U) ^ -static_cast<std::int64_t>(value & 1U);
    }
    std::uint32_t fixed32() noexcept {
        std::uint32_t value = 0;
        for (unsigned shift = 0; shift < 32; shift += 8) {
            value |= static_cast<std::uint32_t>(byte()) << shift;
        }
        return value;
    }
    std::uint64_t fixed64() noexcept {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 8) {
            value |= static_cast<std::uint64_t>(byte()) << shift;
        }
        return value;
    }
    /// Refuses a text longer than `bytes_max`.
    std::string_view text(std::size_t bytes_max) noexcept {
        const std::uint64_t size = varint();
        if (size > bytes_max || size > bytes_.size()) {
            refuse();
            return {};
        }
        const std::string_view value = bytes_.substr(0, size);
        bytes_.remove_prefix(size);
        return value;
    }
    /// A number of entries that follow, each at least one byte long.
    std::size_t count() noexcept {
        const std::uint64_t value = varint();
        return value > bytes_.size() ? static_cast<std::size_t>(refuse()) : value;
    }

    /// From now on nothing is read; gives 0.
    std::uint64_t refuse() noexcept {
        good_ = false;
        bytes_ = {};
        return 0;
    }
    [[nodiscard]] bool good() const noexcept { return good_; }
    [[nodiscard]] bool at_end() const noexcept { return bytes_.empty(); }

private:
    std::string_view bytes_;
    bool good_ = true;
};

}  // namespace muster
