// When a first picture is shown: on an idle machine, on a busy one, and where somebody is missing.
#include "first_picture.hpp"

#include <gtest/gtest.h>

#include "support/view_builder.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart = Time{} + 1h;
constexpr Duration kPatience = 300ms;
constexpr Duration kAskedWithin = 6s;

// Brokers with workers behind them, as a view shows them. One component on each.
class Fleet {
public:
    /// Its number. Connected at kStart.
    std::uint32_t broker(bool asked = true) {
        SourceInfo source;
        source.source.value = static_cast<std::uint32_t>(sources_.size());
        source.kind = "nats";
        source.state = SourceState::connected;
        source.since = kStart;
        source.asked_once = asked;
        sources_.push_back(std::move(source));
        return sources_.back().source.value;
    }
    SourceInfo& source(std::uint32_t number) { return sources_.at(number); }
    void find_component(std::uint32_t broker) {
        ComponentInfo component;
        component.component.value = broker;
        component.source.value = broker;
        components_.push_back(std::move(component));
    }
    void add_worker(std::uint32_t broker, bool told = true) {
        testing::BuiltRow row{.instance_id = rows_.size()};
        row.source.value = row.component_id.value = broker;
        if (!told) row.load.reset();
        rows_.push_back(std::move(row));
    }
    void tell_all() {
        for (testing::BuiltRow& row : rows_) row.load = Load{};
    }
    [[nodiscard]] FleetViewPtr view() const {
        testing::ViewBuilder builder(kStart);
        for (const SourceInfo& source : sources_) builder.source(source);
        for (const ComponentInfo& component : components_) builder.component(component);
        for (const testing::BuiltRow& row : rows_) builder.add(row);
        return builder.build();
    }

private:
    std::vector<SourceInfo> sources_;
    std::vector<ComponentInfo> components_;
    std::vector<testing::BuiltRow> rows_;
};

class FirstPictureTest : public ::testing::Test {
protected:
    /// How long after kStart the picture is ready, as it looks `after` kStart.
    Duration ready(Duration after) {
        return picture_.ready_at(*fleet_.view(), kStart + after) - kStart;
    }

    Fleet fleet_;
    FirstPicture picture_{{.patience = kPatience, .asked_within = kAskedWithin}};
};

TEST_F(FirstPictureTest, IsReadyOnePatienceAfterTheLastNews) {
    fleet_.add_worker(fleet_.broker());
    EXPECT_EQ(ready(1ms), 301ms);
    EXPECT_EQ(ready(100ms), 301ms) << "nothing is new";
    fleet_.add_worker(0);
    EXPECT_EQ(ready(200ms), 500ms);
    EXPECT_EQ(ready(600ms), 500ms) << "past";
}

TEST_F(FirstPictureTest, OfNobodyOrOfSilentWorkersWaitsTwice) {
    fleet_.broker();
    EXPECT_EQ(ready(1ms), 601ms) << "an empty fleet, as far as anybody knows";
    fleet_.add_worker(0, false);
    EXPECT_EQ(ready(10ms), 610ms);
    fleet_.tell_all();
    EXPECT_EQ(ready(20ms), 320ms);
}

TEST_F(FirstPictureTest, IsNotWholeWhileABrokerOrAComponentHasNobody) {
    fleet_.add_worker(fleet_.broker());
    fleet_.broker();
    EXPECT_EQ(ready(1ms), 601ms) << "nobody was heard behind the second";
    fleet_.source(1).state = SourceState::disconnected;
    EXPECT_EQ(ready(2ms), 301ms) << "it said that it is not there";
    fleet_.source(1).state = SourceState::connected;
    fleet_.add_worker(1);
    EXPECT_EQ(ready(10ms), 310ms);
    fleet_.find_component(1);
    fleet_.find_component(2);
    EXPECT_EQ(ready(20ms), 620ms) << "by whom was the other found?";
    fleet_.add_worker(2);
    EXPECT_EQ(ready(30ms), 330ms);
}

TEST_F(FirstPictureTest, OfABusyMachineWaitsAsLongAsItsExchangesTake) {
    fleet_.add_worker(fleet_.broker(false));
    EXPECT_EQ(ready(1ms), 1ms + kAskedWithin);
    fleet_.source(0).asked_once = true;
    EXPECT_EQ(ready(500ms), 500ms + 4 * 500ms) << "our echo took half a second";
    fleet_.broker();
    EXPECT_EQ(ready(501ms), 501ms + 8 * 501ms) << "and somebody is missing";
}

TEST_F(FirstPictureTest, GivesABrokerTheTimeThatAnotherOneTook) {
    const auto slow = fleet_.broker();
    fleet_.broker();
    EXPECT_EQ(ready(1ms), 601ms);
    fleet_.add_worker(slow);
    EXPECT_EQ(ready(501ms), 501ms + 2 * 500ms);
    fleet_.add_worker(1);
    EXPECT_EQ(ready(901ms), 901ms + 900ms);
}

TEST_F(FirstPictureTest, TakesItsOwnLateWakesForABusyMachine) {
    fleet_.add_worker(fleet_.broker());
    picture_.note_late(5ms);
    EXPECT_EQ(ready(1ms), 301ms);
    picture_.note_late(200ms);
    EXPECT_EQ(ready(2ms), 801ms);
}

TEST_F(FirstPictureTest, DoesNotTakeASlowEngineForABusyMachine) {
    fleet_.add_worker(fleet_.broker(false));
    fleet_.source(0).kind = "http";
    EXPECT_EQ(ready(1ms), 1ms + kAskedWithin);
    fleet_.source(0).asked_once = true;
    EXPECT_EQ(ready(4s), 4s + kPatience);
}

TEST_F(FirstPictureTest, IsAlwaysShownSomeDay) {
    fleet_.broker(false);
    EXPECT_EQ(ready(1ms), 1ms + kAskedWithin);
    fleet_.source(0).asked_once = true;
    EXPECT_EQ(ready(5s), 5s + 2 * 3s) << "it hangs";
    for (Duration after = 5s; after <= 15s; after += 100ms) {
        fleet_.add_worker(0);
        EXPECT_LE(ready(after), 15s) << "somebody new all the time";
    }
    EXPECT_EQ(ready(15s), 15s);
}

TEST(IsUnheard, ABrokerThatWasNotAskedOrIsTooBusyToTellOfAnybody) {
    Fleet fleet;
    fleet.broker(false);
    const auto unheard = [&] { return is_unheard(*fleet.view(), fleet.source(0)); };
    EXPECT_TRUE(unheard());
    fleet.source(0).asked_once = true;
    EXPECT_FALSE(unheard()) << "nobody may be there";
    fleet.source(0).state = SourceState::suspect;
    EXPECT_TRUE(unheard());
    fleet.source(0).state = SourceState::disconnected;
    EXPECT_FALSE(unheard()) << "that is told otherwise";
    fleet.source(0).state = SourceState::suspect;
    fleet.add_worker(0);
    EXPECT_FALSE(unheard());
}

}  // namespace
}  // namespace muster
