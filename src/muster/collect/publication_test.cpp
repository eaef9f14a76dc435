// When a changed state becomes a view: at once, after a burst, after a gap.
#include "muster/collect/publication.hpp"

#include <gtest/gtest.h>

namespace muster {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart = Time{} + 24h;

TEST(Publication, TheFirstChangeAfterQuietIsDueAtOnce) {
    Publication publication(200us);
    EXPECT_FALSE(publication.due(kStart, true));
    publication.note_change(kStart);
    EXPECT_TRUE(publication.due(kStart, true));
}

TEST(Publication, WaitsForTheEndOfABurstButNotLongerThanAGap) {
    Publication publication(200us);
    publication.note_change(kStart);
    publication.published(kStart, 0us);
    publication.note_change(kStart + 300us);
    EXPECT_FALSE(publication.due(kStart + 300us, false));
    EXPECT_TRUE(publication.due(kStart + 300us, true));
    EXPECT_TRUE(publication.due(kStart + 500us, false));
}

TEST(Publication, TheGapIsTwentyTimesTheFreezesCpuAndAtLeastTheFloor) {
    Publication publication(200us);
    publication.note_change(kStart);
    publication.published(kStart, 1ms);
    EXPECT_EQ(publication.gap(), Duration(20ms));
    publication.note_change(kStart + 1ms);
    EXPECT_FALSE(publication.due(kStart + 19ms, true));
    EXPECT_TRUE(publication.due(kStart + 20ms, true));
    publication.published(kStart + 20ms, 1us);
    EXPECT_EQ(publication.gap(), Duration(200us));
    EXPECT_FALSE(publication.pending());
}

}  // namespace
}  // namespace muster
