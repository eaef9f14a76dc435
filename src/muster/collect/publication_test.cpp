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

TEST(Publication, WaitsForTheEndOfABurstButNotForLong) {
    Publication publication(200us);
    publication.note_change(kStart + 300us);
    EXPECT_FALSE(publication.due(kStart + 300us, false));
    EXPECT_TRUE(publication.due(kStart + 300us, true));
    publication.note_change(kStart + 600us);
    EXPECT_FALSE(publication.due(kStart + 699us, false)) << "the first of them counts";
    EXPECT_TRUE(publication.due(kStart + 700us, false));
}

TEST(Publication, AQuietTimeIsWorthTwoMillisecondsOfPublications) {
    Publication publication(200us);
    for (int i = 0; i < 10; ++i) {
        publication.note_change(kStart);
        EXPECT_TRUE(publication.due(kStart, true)) << i;
        publication.published(kStart, 0us);
    }
    publication.note_change(kStart);
    EXPECT_TRUE(publication.due(kStart, true));
    publication.published(kStart, 0us);
    publication.note_change(kStart);
    EXPECT_FALSE(publication.due(kStart, true));
    EXPECT_EQ(publication.due_at(), kStart + 200us);
}

TEST(Publication, UnderSustainedLoadThereIsAGapBetweenTwo) {
    Publication publication(200us);
    int published = 0;
    for (Time now = kStart; now < kStart + 1s; now += 10us) {
        publication.note_change(now);
        if (!publication.due(now, true)) continue;
        publication.published(now, 50us);
        ++published;
    }
    // Each took 1 ms of the time, and 2 ms were saved before.
    EXPECT_EQ(published, 1000 + 2);
}

TEST(Publication, TheGapIsTwentyTimesTheFreezesCpuAndAtLeastTheFloor) {
    Publication publication(200us);
    publication.note_change(kStart);
    publication.published(kStart, 1ms);
    EXPECT_EQ(publication.due_at(), kStart - 2ms + 20ms) << "2 ms were saved";
    publication.note_change(kStart + 1ms);
    EXPECT_FALSE(publication.due(kStart + 17ms, true));
    EXPECT_TRUE(publication.due(kStart + 18ms, true));
    publication.published(kStart + 18ms, 1us);
    EXPECT_EQ(publication.due_at(), kStart + 18ms + 200us);
    EXPECT_FALSE(publication.pending());
}

}  // namespace
}  // namespace muster
