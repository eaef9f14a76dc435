// What lands in which bucket, and that a reader beside the writer sees whole numbers.
#include "muster/base/delay_histogram.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <numeric>
#include <thread>

namespace muster {
namespace {

using namespace std::chrono_literals;

constexpr DelayHistogram::Bounds kBounds = {100us, 250us, 500us, 1ms,   2500us, 5ms,    10ms, 25ms,
                                            50ms,  100ms, 250ms, 500ms, 1s,     2500ms, 5s};

TEST(DelayHistogram, ABoundBelongsToItsBucket) {
    DelayHistogram histogram(kBounds);
    histogram.record(100us);
    histogram.record(100us + 1ns);
    histogram.record(-5ns);
    histogram.record(5s);
    histogram.record(6s);
    const auto reading = histogram.read();
    EXPECT_EQ(reading.counts.front(), 2U);
    EXPECT_EQ(reading.counts[1], 1U);
    EXPECT_EQ(reading.counts[DelayHistogram::kBounds - 1], 1U);
    EXPECT_EQ(reading.counts.back(), 1U);
    EXPECT_EQ(reading.sum, 11s + 200us + 1ns);
}

TEST(DelayHistogram, EveryBucketIsFound) {
    DelayHistogram histogram(kBounds);
    for (std::size_t i = 0; i < kBounds.size(); ++i) {
        histogram.record(kBounds[i]);
        EXPECT_EQ(histogram.read().counts[i], i == 0 ? 1U : 2U) << i;
        histogram.record(kBounds[i] + 1ns);
        EXPECT_EQ(histogram.read().counts[i + 1], 1U) << i;
    }
}

TEST(DelayHistogram, AReaderBesideTheWriterSeesCountsRise) {
    DelayHistogram histogram(kBounds);
    constexpr std::uint64_t kRecords = 100'000;
    std::jthread writer([&] {
        for (std::uint64_t i = 0; i < kRecords; ++i) histogram.record(std::chrono::microseconds(i));
    });
    std::uint64_t before = 0;
    while (before < kRecords) {
        const auto reading = histogram.read();
        const auto total =
            std::accumulate(reading.counts.begin(), reading.counts.end(), std::uint64_t{0});
        ASSERT_GE(total, before);
        before = total;
    }
    writer.join();
    EXPECT_EQ(histogram.read().sum, std::chrono::microseconds(kRecords * (kRecords - 1) / 2));
}

}  // namespace
}  // namespace muster
