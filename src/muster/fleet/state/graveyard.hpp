// Graveyard: the tombstones. Bounded in number and time; a report ends a worker's tombstone.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>

#include "muster/base/time.hpp"
#include "muster/fleet/tombstone.hpp"

namespace muster {

class Graveyard {
public:
    Graveyard(std::size_t max, Duration kept_for) : max_(max), kept_for_(kept_for) {}

    void bury(Tombstone tombstone);
    /// Takes the worker's tombstone away, if it has one.
    std::optional<Tombstone> exhume(const std::string& worker_id);
    [[nodiscard]] const Tombstone* find(const std::string& worker_id) const;
    /// Drops what is old enough; returns how many.
    std::size_t expire(Time now);
    /// When the oldest expires.
    [[nodiscard]] Time next_due() const;

    /// All, oldest first; the same object until something changed.
    [[nodiscard]] std::shared_ptr<const Tombstones> shared();

private:
    std::size_t max_;
    Duration kept_for_;
    Tombstones stones_;
    std::unordered_set<std::string> ids_;  // Most workers that appear never had one.
    std::shared_ptr<const Tombstones> shared_ = std::make_shared<const Tombstones>();
    bool changed_ = false;
};

}  // namespace muster
