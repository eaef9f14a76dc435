// Words of expectations that are met, missed, and not known.
#include "expected_words.hpp"

#include <gtest/gtest.h>

#include "muster/wire/rfc3339.hpp"

namespace muster {
namespace {

ExpectedEntry entry(std::uint64_t workers, std::uint64_t present,
                    std::optional<std::uint64_t> missing, const std::string& why = {}) {
    ExpectedEntry expected;
    expected.component = "dynamo/backend";
    expected.workers = workers;
    expected.present = present;
    expected.missing = missing;
    expected.why = why;
    return expected;
}

TEST(ExpectedWords, TellWhatIsMissingSinceWhenAndWhy) {
    ExpectedEntry expected = entry(64, 61, 3, "silent for 10 s");
    expected.since = parse_rfc3339("2026-11-23T10:12:40.002Z");
    EXPECT_EQ(expected_words(expected, parse_rfc3339("2026-11-23T10:15:02.114Z")),
              "dynamo/backend 61 of 64, 3 missing since 10:12:40.002 (2m22s): silent for 10 s");
    EXPECT_FALSE(is_met(expected));
    expected.missing_ids = {"a", "b\x1b", "c", "d", "e", "f"};
    EXPECT_EQ(expected_words(expected, std::nullopt),
              "dynamo/backend 61 of 64, 3 missing since 10:12:40.002: silent for 10 s "
              "(a, b?, c, d, e, ...)");
}

TEST(ExpectedWords, TellThatAllAreThereOrThatNobodyKnows) {
    EXPECT_EQ(expected_words(entry(64, 64, 0), std::nullopt), "dynamo/backend 64 of 64");
    EXPECT_EQ(expected_words(entry(64, 66, 0), std::nullopt), "dynamo/backend 66 of 64");
    EXPECT_TRUE(is_met(entry(64, 66, 0)));
    const ExpectedEntry unknown = entry(4, 3, std::nullopt, "nats-1 disconnected");
    EXPECT_EQ(expected_words(unknown, std::nullopt),
              "dynamo/backend 3 of 4, not known yet: nats-1 disconnected");
    EXPECT_FALSE(is_met(unknown)) << "unknown is not 0";
    EXPECT_EQ(expected_words(ExpectedEntry{}, std::nullopt), " - of -, not known yet");
}

}  // namespace
}  // namespace muster
