// Answers of etcd's JSON gateway: base64, ranges, values that are no URLs.
#include "muster/io/discovery/detail/etcd_range.hpp"

#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(EtcdRange, Base64GoesThereAndBack) {
    EXPECT_EQ(base64_encode("/muster/"), "L211c3Rlci8=");
    EXPECT_EQ(base64_encode("/muster0"), "L211c3RlcjA=");
    for (const std::string text : {"", "a", "ab", "abc", "abcd", "\xff\x00\x80"}) {
        EXPECT_EQ(base64_decode(base64_encode(text)), text);
    }
    EXPECT_FALSE(base64_decode("a b"));
}

TEST(EtcdRange, AsksForAllKeysBelowThePrefix) {
    const auto place = parse_etcd_place("http://e:2379/muster/");
    ASSERT_TRUE(place);
    EXPECT_EQ(place->server.to_text(), "http://e:2379");
    EXPECT_EQ(place->prefix, "/muster/");
    EXPECT_EQ(parse_etcd_place("https://e/a//")->prefix, "/a//") << "keys may have any slashes";
    EXPECT_EQ(range_question(*place),
              R"({"key":"L211c3Rlci8=","range_end":"L211c3RlcjA=","limit":20000})");
}

TEST(EtcdRange, APlaceWithoutPrefixIsRefused) {
    const auto place = parse_etcd_place("http://e:2379");
    ASSERT_FALSE(place);
    EXPECT_EQ(place.error().what, "it names no keys: give etcd:http://HOST:2379/PREFIX");
}

TEST(EtcdRange, ReadsUrlsAndLeavesOutWhatIsNone) {
    const std::string json = R"({"header":{"revision":"3"},"kvs":[{"key":"YQ==","value":")" +
                             base64_encode("http://a:8000") + R"("},{"key":"Yg==","value":")" +
                             base64_encode("not a url") + R"("},{"key":"Yw=="}],"count":"3"})";
    const auto targets = parse_etcd_range(json);
    ASSERT_TRUE(targets);
    ASSERT_EQ(targets->size(), 1U);
    EXPECT_EQ(targets->front().worker_id(), "http/a:8000");
}

TEST(EtcdRange, NoKeysAreNobodyAndOtherAnswersAreNone) {
    const auto none = parse_etcd_range(R"({"header":{"revision":"3"}})");
    ASSERT_TRUE(none);
    EXPECT_TRUE(none->empty());
    EXPECT_FALSE(parse_etcd_range("<html>"));
    EXPECT_FALSE(parse_etcd_range("[1"));
}

}  // namespace
}  // namespace muster
