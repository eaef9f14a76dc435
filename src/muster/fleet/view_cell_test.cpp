// Publication to readers and watchers: newest only, in order, freed by the publisher.
#include "muster/fleet/view_cell.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "muster/fleet/watcher.hpp"

namespace muster {
namespace {

FleetViewPtr view_of_version(std::uint64_t version) {
    FleetView::Parts parts = FleetView().parts();
    parts.version = version;
    return std::make_shared<const FleetView>(std::move(parts));
}

TEST(ViewCell, HoldsTheEmptyViewAtFirst) {
    const ViewCell cell;
    ViewReader reader(cell);
    EXPECT_EQ(reader.current().version(), 0U);
    EXPECT_EQ(reader.current().size(), 0U);
}

TEST(ViewCell, AReaderSeesThePublishedView) {
    ViewCell cell;
    ViewReader reader(cell);
    cell.publish(view_of_version(7));
    EXPECT_EQ(reader.current().version(), 7U);
    EXPECT_EQ(cell.version(), 7U);
}

TEST(ViewCell, AHeldViewOutlivesItsSuccessorAndIsFreedByThePublisher) {
    ViewCell cell;
    cell.publish(view_of_version(1));
    ViewReader reader(cell);
    FleetViewPtr held = reader.hold();
    const std::weak_ptr<const FleetView> old = held;
    cell.publish(view_of_version(2));
    EXPECT_EQ(reader.current().version(), 2U);
    EXPECT_EQ(cell.retired_count(), 1U);
    held.reset();
    EXPECT_FALSE(old.expired()) << "the reader's release must not free the view";
    cell.sweep();
    EXPECT_TRUE(old.expired());
    EXPECT_EQ(cell.retired_count(), 0U);
}

TEST(ViewCell, ReadersOnOtherThreadsSeeVersionsRise) {
    ViewCell cell;
    std::atomic<bool> stop{false};
    std::atomic<int> fell{0};
    std::vector<std::jthread> readers;
    for (int i = 0; i < 3; ++i) {
        readers.emplace_back([&] {
            ViewReader reader(cell);
            std::uint64_t last = 0;
            while (!stop.load()) {
                const std::uint64_t version = reader.current().version();
                if (version < last) fell.fetch_add(1);
                last = version;
            }
        });
    }
    for (std::uint64_t version = 1; version <= 2'000; ++version) {
        cell.publish(view_of_version(version));
    }
    stop.store(true);
    readers.clear();
    EXPECT_EQ(fell.load(), 0);
    cell.sweep();
    EXPECT_EQ(cell.retired_count(), 0U);
}

TEST(Watcher, ReturnsAtOnceIfAnythingWasPublishedBefore) {
    ViewCell cell;
    cell.publish(view_of_version(3));
    Watcher watcher(cell);
    const FleetViewPtr view = watcher.wait(std::chrono::seconds(30));
    ASSERT_NE(view, nullptr);
    EXPECT_EQ(view->version(), 3U);
    EXPECT_EQ(watcher.seen(), 3U);
}

TEST(Watcher, GivesOnlyTheNewest) {
    ViewCell cell;
    Watcher watcher(cell);
    cell.publish(view_of_version(1));
    cell.publish(view_of_version(2));
    EXPECT_EQ(watcher.wait(std::chrono::seconds(30))->version(), 2U);
    EXPECT_EQ(watcher.wait(Duration::zero()), nullptr);
}

TEST(Watcher, IsWokenByAPublication) {
    ViewCell cell;
    Watcher watcher(cell);
    std::jthread publisher([&] { cell.publish(view_of_version(1)); });
    EXPECT_NE(watcher.wait(std::chrono::seconds(30)), nullptr);
}

TEST(Watcher, EndsWhenAskedToStop) {
    ViewCell cell;
    Watcher watcher(cell);
    std::stop_source stop;
    std::jthread stopper([&] { stop.request_stop(); });
    EXPECT_EQ(watcher.wait(Duration::max(), stop.get_token()), nullptr);
}

TEST(Watcher, ADestroyedOneIsNotCalled) {
    ViewCell cell;
    {
        const Watcher watcher(cell);
    }
    cell.publish(view_of_version(1));
    EXPECT_EQ(cell.version(), 1U);
}

}  // namespace
}  // namespace muster
