// The table beside a map that is given the same: nothing is lost, found twice or found too long.
#include "muster/fleet/state/flat_table.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <random>

namespace muster {
namespace {

struct Thing {
    std::uint64_t id = 0;
};
struct IdOfThing {
    std::uint64_t operator()(const Thing& thing) const noexcept { return thing.id; }
};
using Table = FlatTable<std::unique_ptr<Thing>, std::uint64_t, IdOfThing>;

TEST(FlatTable, HoldsNothingAtFirst) {
    Table table;
    EXPECT_EQ(table.size(), 0U);
    EXPECT_EQ(table.find(1), nullptr);
    EXPECT_EQ(table.take(1), nullptr);
}

TEST(FlatTable, FindsWhatAMapFindsWhateverComesAndGoes) {
    std::mt19937_64 random(1);
    // Neighbours as leases are, and ids that meet in one place of a small table.
    for (const std::uint64_t step : {std::uint64_t{1}, std::uint64_t{1} << 32}) {
        Table table;
        std::map<std::uint64_t, const Thing*> beside;
        for (int i = 0; i < 20'000; ++i) {
            const std::uint64_t id = 0x694d988806b90000 + random() % 300 * step;
            const auto known = beside.find(id);
            const auto* const found = table.find(id);
            ASSERT_EQ(found == nullptr ? nullptr : found->get(),
                      known == beside.end() ? nullptr : known->second);
            if (known != beside.end()) {
                const std::unique_ptr<Thing> taken = table.take(id);
                ASSERT_EQ(taken.get(), known->second);
                beside.erase(known);
            } else {
                auto thing = std::make_unique<Thing>(id);
                beside.emplace(id, thing.get());
                table.insert(std::move(thing));
            }
            ASSERT_EQ(table.size(), beside.size());
        }
        std::size_t visited = 0;
        table.for_each([&](const Thing& thing) {
            ++visited;
            EXPECT_TRUE(beside.contains(thing.id));
        });
        EXPECT_EQ(visited, beside.size());
    }
}

}  // namespace
}  // namespace muster
