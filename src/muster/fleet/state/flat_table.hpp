// FlatTable: pointers found by a key that lies in what they point to. One array, half to three
// quarters full: sixteen bytes an entry at most, where a map of nodes takes forty and more, and one
// place less to look at for each report. Belongs to FleetState.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace muster {

/// `Pointer` is a raw or unique pointer, null nowhere but in free places; `KeyOf` gives the key of
/// one that is not null. Keys are unique and must not change while in the table.
template <typename Pointer, typename Key, typename KeyOf>
class FlatTable {
public:
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Null if there is none; good until the table changes.
    [[nodiscard]] const Pointer* find(const Key& key) const noexcept {
        if (places_.empty()) return nullptr;
        for (std::size_t i = home_of(key);; i = after(i)) {
            if (!places_[i]) return nullptr;
            if (KeyOf{}(*places_[i]) == key) return &places_[i];
        }
    }
    /// REQUIRES: not null, and its key is not there yet.
    void insert(Pointer pointer) {
        if (4 * (size_ + 1) > 3 * places_.size()) grow();
        ++size_;
        place(std::move(pointer));
    }
    /// Takes it out; null if there is none.
    Pointer take(const Key& key) noexcept {
        const Pointer* const found = find(key);
        if (found == nullptr) return nullptr;
        auto gap = static_cast<std::size_t>(found - places_.data());
        Pointer taken = std::exchange(places_[gap], nullptr);
        --size_;
        // What follows without a gap moves up, unless it would then stand before its home.
        for (std::size_t i = after(gap); places_[i]; i = after(i)) {
            const std::size_t home = home_of(KeyOf{}(*places_[i]));
            if (distance(home, i) < distance(gap, i)) continue;
            places_[gap] = std::exchange(places_[i], nullptr);
            gap = i;
        }
        return taken;
    }
    /// In no order. `visit` must not change the table.
    template <typename Visit>
    void for_each(Visit visit) const {
        for (const Pointer& pointer : places_) {
            if (pointer) visit(*pointer);
        }
    }

private:
    static constexpr std::size_t kPlacesMin = 16;

    [[nodiscard]] std::size_t home_of(const Key& key) const noexcept {
        // Ids of one fleet differ in few bits, and a hash of a number is the number: spread them.
        constexpr std::uint64_t kGoldenRatio = 0x9E37'79B9'7F4A'7C15;
        const std::uint64_t spread = std::hash<Key>{}(key)*kGoldenRatio;
        return static_cast<std::size_t>(spread >> (64 - std::countr_zero(places_.size())));
    }
    [[nodiscard]] std::size_t after(std::size_t i) const noexcept {
        return (i + 1) & (places_.size() - 1);
    }
    [[nodiscard]] std::size_t distance(std::size_t from, std::size_t to) const noexcept {
        return (to - from) & (places_.size() - 1);
    }
    void place(Pointer pointer) noexcept {
        std::size_t i = home_of(KeyOf{}(*pointer));
        while (places_[i]) i = after(i);
        places_[i] = std::move(pointer);
    }
    void grow() {
        std::vector<Pointer> bigger(places_.empty() ? kPlacesMin : 2 * places_.size());
        places_.swap(bigger);
        for (Pointer& pointer : bigger) {
            if (pointer) place(std::move(pointer));
        }
    }

    std::vector<Pointer> places_;  // A power of two of them, or none.
    std::size_t size_ = 0;
};

}  // namespace muster
