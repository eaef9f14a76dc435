// Finds which of a few names stands at a place of a text, and most often at once that none does.
//
// The first bytes of a name (up to sixteen) choose one of 4,096 slots; a line whose slot is empty
// is not looked at any further. Private to wire; never changes once made.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace muster::detail {

/// What metric names are made of; label names too, but for the colon.
inline constexpr auto kNameChars = [] consteval {
    std::array<bool, 256> chars{};
    for (int c = 'a'; c <= 'z'; ++c) chars[static_cast<std::size_t>(c)] = true;
    for (int c = 'A'; c <= 'Z'; ++c) chars[static_cast<std::size_t>(c)] = true;
    for (int c = '0'; c <= '9'; ++c) chars[static_cast<std::size_t>(c)] = true;
    chars['_'] = chars[':'] = true;
    return chars;
}();
[[nodiscard]] constexpr bool is_name_char(char c) noexcept {
    return kNameChars[static_cast<unsigned char>(c)];
}

class NameIndex {
public:
    static constexpr std::size_t kHeadMax = 16;
    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

    struct Found {
        std::size_t answer = kNone;
        std::size_t size = 0;  ///< Of the name.
    };

    /// Name `names[i].first` is answered with `names[i].second`; of equal names, with the first.
    /// REQUIRES: fewer names than 65,535.
    explicit NameIndex(std::span<const std::pair<std::string, std::size_t>> names) {
        head_ = names.empty() ? 0 : kHeadMax;
        for (const auto& name : names) head_ = std::min(head_, name.first.size());
        for (std::size_t i = 0; i < kHeadMax; ++i) mask_[i] = i < head_ ? '\xFF' : '\0';
        for (const auto& name : names) add(name.first, name.second);
    }

    /// The name that begins at `at`, where the line ends at `end`. REQUIRES: kHeadMax bytes can be
    /// read at `at`.
    [[nodiscard]] Found find_at(const char* at, const char* end) const noexcept {
        Head head;
        std::memcpy(head.data(), at, kHeadMax);
        return find(chains_[slot_of(head)], {at, static_cast<std::size_t>(end - at)});
    }
    /// Whether no name begins there. False says nothing. REQUIRES: as find_at(at, end).
    [[nodiscard]] bool none_at(const char* at) const noexcept {
        Head head;
        std::memcpy(head.data(), at, kHeadMax);
        return chains_[slot_of(head)] == 0;
    }
    /// As find_at(at, end), where fewer bytes may be left.
    [[nodiscard]] Found find_at(std::string_view line) const noexcept {
        return find(chains_[slot_of(head_of(line))], line);
    }

private:
    using Head = std::array<char, kHeadMax>;
    struct Entry {
        std::string name;
        std::size_t answer = 0;
        std::uint16_t next = 0;
    };

    void add(const std::string& name, std::size_t answer) {
        std::uint16_t* link = &chains_[slot_of(head_of(name))];
        while (*link != 0) link = &entries_[*link - 1U].next;
        // The link may lie in the vector that grows: set it first.
        *link = static_cast<std::uint16_t>(entries_.size() + 1);
        entries_.push_back({name, answer, 0});
    }
    [[nodiscard]] Found find(std::uint16_t chain, std::string_view line) const noexcept {
        while (chain != 0) [[unlikely]] {
            const Entry& entry = entries_[chain - 1U];
            const std::size_t size = entry.name.size();
            if (line.starts_with(entry.name) &&
                (line.size() == size || !is_name_char(line[size]))) {
                return {entry.answer, size};
            }
            chain = entry.next;
        }
        return {};
    }
    static Head head_of(std::string_view text) noexcept {
        Head head{};
        const std::size_t size = std::min(text.size(), kHeadMax);
        if (size > 0) std::memcpy(head.data(), text.data(), size);
        return head;
    }
    [[nodiscard]] std::size_t slot_of(const Head& head) const noexcept {
        using Words = std::array<std::uint64_t, 2>;
        const auto words = std::bit_cast<Words>(head);
        const auto masks = std::bit_cast<Words>(mask_);
        const std::uint64_t mixed = (words[0] & masks[0]) ^ std::rotl(words[1] & masks[1], 29);
        return static_cast<std::size_t>((mixed * 0x9E37'79B9'7F4A'7C15) >> 52);
    }

    std::size_t head_ = 0;
    Head mask_{};
    std::array<std::uint16_t, 4096> chains_{};  // By slot: an entry's place + 1, or none.
    std::vector<Entry> entries_;
};

}  // namespace muster::detail
