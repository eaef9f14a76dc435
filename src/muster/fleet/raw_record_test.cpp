// The last record as received: kept whatever it says, bounded per worker and in all.
#include "muster/fleet/raw_record.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>

#include "muster/base/limits.hpp"
#include "muster/fleet/fleet_state.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

class RawRecordTest : public ::testing::Test {
protected:
    RawRecordTest()
        : source_(state_.add_source({.id = "nats-1", .kind = "nats", .target = "t"}, now_)),
          component_(state_.add_component(source_, {.name = "n/c"}, now_)) {
        state_.connected(source_, now_);
        round_ = state_.begin_round(component_, now_).round;
    }
    void answer(std::uint64_t id, const std::string& raw, bool readable = true) {
        Load load;
        load.set_count(LoadField::running, 3);
        Answer report;
        report.component = component_;
        report.round = round_;
        report.received = now_;
        report.instance.id = id;
        report.load = readable ? &load : nullptr;
        report.raw = raw;
        (void)state_.apply(report);
    }
    [[nodiscard]] std::optional<RawRecord> raw(std::uint64_t id) const {
        return state_.raw_record("n/c/" + std::to_string(id));
    }

    Time now_ = Time{} + 24h;
    FleetState state_{FleetRules{}, now_};
    SourceId source_;
    ComponentId component_;
    RoundId round_;
};

TEST_F(RawRecordTest, IsTheLastOneWhateverItSays) {
    EXPECT_FALSE(raw(1)) << "nobody of that name";
    answer(1, "{\"a\":1}");
    ASSERT_TRUE(raw(1));
    EXPECT_EQ(raw(1)->text, "{\"a\":1}");
    EXPECT_EQ(raw(1)->bytes, 7U);
    EXPECT_EQ(raw(1)->received, now_);
    EXPECT_EQ(raw(1)->road, Road::polled);
    now_ += 1s;
    answer(1, "{\"a\":null}", false);
    EXPECT_EQ(raw(1)->text, "{\"a\":null}") << "what cannot be read is what one wants to see";
    EXPECT_EQ(raw(1)->received, now_);
    answer(1, {});
    EXPECT_EQ(raw(1)->text, "{\"a\":null}") << "a source that tells none takes none away";
}

TEST_F(RawRecordTest, APushIsKeptToo) {
    answer(1, "pulled");
    Load load;
    load.set_count(LoadField::waiting, 1);
    Push push;
    push.received = now_;
    push.worker_id = 1;
    push.load = &load;
    push.raw = "pushed";
    const ComponentId candidates[] = {component_};
    (void)state_.apply(push, candidates);
    EXPECT_EQ(raw(1)->text, "pushed");
    EXPECT_EQ(raw(1)->road, Road::pushed_on_change);
}

TEST_F(RawRecordTest, ALongOneIsCutAndSaysHowLongItWas) {
    answer(1, std::string(kRawRecordBytesMax + 1, 'x'));
    EXPECT_EQ(raw(1)->text.size(), kRawRecordBytesMax);
    EXPECT_EQ(raw(1)->bytes, kRawRecordBytesMax + 1);
}

TEST_F(RawRecordTest, AllTogetherAreBounded) {
    const std::string long_one(kRawRecordBytesMax, 'x');
    constexpr std::uint64_t kMany = kRawRecordsBytesMax / kRawRecordBytesMax + 100;
    for (std::uint64_t id = 1; id <= kMany; ++id) answer(id, long_one);
    EXPECT_LE(state_.raw_records_use().bytes, kRawRecordsBytesMax);
    EXPECT_GT(state_.raw_records_use().bytes, kRawRecordsBytesMax / 10 * 9);
    EXPECT_GE(state_.raw_records_use().not_kept, 100U);
    ASSERT_TRUE(raw(kMany));
    EXPECT_EQ(raw(kMany)->bytes, 0U);
    EXPECT_EQ(raw(kMany)->text, "");
    EXPECT_EQ(raw(1)->text, long_one) << "who has room keeps it";
}

TEST_F(RawRecordTest, WhoLeavesGivesItsRoomBack) {
    answer(1, "short");
    EXPECT_EQ(state_.raw_records_use().bytes, 0U) << "the row itself holds it";
    answer(1, std::string(1'000, 'x'));
    EXPECT_GE(state_.raw_records_use().bytes, 1'000U);
    for (int i = 0; i < 60 && raw(1); ++i) {
        now_ += 250ms;
        state_.step(now_);
        const auto begun = state_.begin_round(component_, now_);
        state_.echo_received(source_, begun.echo, now_);
        now_ += 400ms;
        state_.step(now_);
    }
    ASSERT_FALSE(raw(1)) << "it is lost";
    EXPECT_EQ(state_.raw_records_use().bytes, 0U);
}

}  // namespace
}  // namespace muster
