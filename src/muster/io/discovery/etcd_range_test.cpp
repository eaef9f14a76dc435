// Answers of etcd's JSON gateway: base64, ranges, values that are no URLs.
#include "muster/io/discovery/detail/etcd_range.hpp"

#include <gmock/gmock.h>

#include <sstream>

#include "support/golden.hpp"

namespace muster {
namespace {

using testing_support::golden;

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

TEST(EtcdRange, KeysOfWhichNoneNamesAWorkerAreAnErrorThatShowsTheFirst) {
    const auto what = [](std::string_view key) {
        const auto targets = parse_etcd_range(R"({"header":{},"kvs":[{"key":")" +
                                              base64_encode(key) + R"(","value":"e30="},{}]})");
        return targets ? "" : targets.error().what;
    };
    EXPECT_THAT(what("instances/dynamo"),
                testing::HasSubstr("(2 listed, the first: instances/dynamo)"));
    EXPECT_THAT(what("\x1b[31m\xff"), testing::HasSubstr("the first: ?[31m?)"));
    EXPECT_THAT(what(std::string(81, 'k')),
                testing::HasSubstr("the first: " + std::string(80, 'k') + "...)"));
    EXPECT_THAT(what(""), testing::HasSubstr("the first: ?)"));
}

TEST(EtcdRange, NoKeysAreNobodyAndOtherAnswersAreNone) {
    const auto none = parse_etcd_range(R"({"header":{"revision":"3"}})");
    ASSERT_TRUE(none);
    EXPECT_TRUE(none->empty());
    EXPECT_FALSE(parse_etcd_range("<html>"));
    EXPECT_FALSE(parse_etcd_range("[1"));
}

// --- Dynamo's own keys, as they were recorded ----------------------------------------------------

/// The values of a listing by `etcdctl get --prefix`: a key's line, then the value's.
std::vector<std::string> listed_values(const std::string& listing) {
    std::vector<std::string> values;
    std::istringstream lines(listing);
    std::string line;
    while (std::getline(lines, line)) {
        if (line.empty()) continue;
        const bool is_key = line.front() != '{' && line.front() != ' ' && line.front() != '}';
        if (is_key)
            values.emplace_back();
        else
            values.back().append(values.back().empty() ? "" : "\n").append(line);
    }
    return values;
}

TEST(EtcdRange, InstancesOfDynamoAreReadAndNameNoEngine) {
    const std::string recorded = golden("dynamo/0.5.1/etcd.get-prefix.json");
    std::string value = golden("dynamo/0.5.1/etcd.instance-value.load_metrics.json");
    value.pop_back();  // The newline is of the listing.
    EXPECT_THAT(recorded, testing::HasSubstr('"' + base64_encode(value) + '"'));
    const auto targets = parse_etcd_range(recorded);
    ASSERT_FALSE(targets);
    EXPECT_THAT(targets.error().what,
                testing::MatchesRegex("no key there holds a URL such as http://HOST:8000 "
                                      "\\([0-9]+ listed, the first: [^ ]+\\); Dynamo's workers "
                                      "are found by --nats"));
}

TEST(EtcdRange, NoValueThatDynamoKeepsInEtcdNamesAnEngine) {
    struct Listing {
        std::string file;
        std::size_t values;
    };
    for (const Listing& listing :
         {Listing{"0.1.1/etcd.txt", 2}, Listing{"0.2.1/etcd.txt", 2}, Listing{"0.3.2/etcd.txt", 2},
          Listing{"0.4.1/etcd.txt", 2}, Listing{"0.6.1/etcd.txt", 1},
          Listing{"0.5.1/etcd.models.txt", 1}, Listing{"1.6.1/etcd.zmq-tcp.txt", 5}}) {
        const auto values = listed_values(golden("dynamo/" + listing.file));
        EXPECT_EQ(values.size(), listing.values) << listing.file;
        for (const std::string& value : values) {
            const auto targets = parse_etcd_range(R"({"header":{},"kvs":[{"value":")" +
                                                  base64_encode(value) + R"("}]})");
            EXPECT_FALSE(targets) << listing.file << ": " << value;
        }
    }
}

}  // namespace
}  // namespace muster
