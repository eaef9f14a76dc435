// The short way of reading a reply: it takes what workers send, and never says anything else than
// the liberal reading of the same.
#include "muster/wire/detail/known_reply.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "muster/wire/stats_writer.hpp"
#include "support/golden.hpp"
#include "support/same_reply.hpp"

namespace muster {
namespace {

using testing_support::golden;
using testing_support::read_liberally;
using testing_support::same_reply;

bool is_known(const std::string& payload) {
    detail::PaddedDocument document;
    detail::ReplyParts parts;
    return detail::read_known_reply(document.keep(payload).value(), parts);
}

std::string recorded(const std::string& file) {
    return golden("dynamo/" + file);
}

/// What `muster sim` and workers of 0.5.1 write, with the numbers of `seed`.
std::string written(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const auto up_to = [&](std::uint64_t max) { return random() % (max + 1); };
    const auto fraction = [&] {
        return static_cast<float>(up_to(10'000'000)) / static_cast<float>(10'000'000);
    };
    MetricsRecord record{std::nullopt,  up_to(300), 256,        up_to(20), up_to(30'000),
                         up_to(30'000), fraction(), fraction(), {}};
    if (up_to(1) == 1) record.data_parallel_rank = static_cast<std::uint32_t>(up_to(8));
    const WrittenEndpoint endpoints[] = {{.endpoint = "clear_kv_blocks"},
                                         {.endpoint = "generate", .num_requests = up_to(1'000'000)},
                                         {.endpoint = kLoadEndpoint, .record = &record}};
    std::string out;
    write_stats_reply(out, {.release = {0, 5, 1},
                            .service = "lab_backend_x",
                            .service_id = "vorotsp4pBO4c7Kcx9l8R0",
                            .started = WallTime(std::chrono::nanoseconds(1795427138722199694)),
                            .instance_id = random(),
                            .endpoints = endpoints});
    return out;
}

void expect_same(const std::string& payload) {
    ServiceReplyParser parser;
    ServiceReplyParser liberal;
    const std::string other = read_liberally(payload);
    ASSERT_FALSE(is_known(other));
    EXPECT_TRUE(same_reply(parser.parse_stats(payload), liberal.parse_stats(other))) << payload;
}

TEST(KnownReply, IsWhatWorkersSend) {
    for (const char* file :
         {"0.5.1/stats.after-5-generate-requests.json", "0.5.1/stats.before-first-publish.json",
          "0.5.1/stats.nested-no-rank-no-spec.json", "0.5.1/stats.static-worker.json"}) {
        EXPECT_TRUE(is_known(recorded(file))) << file;
        expect_same(recorded(file));
    }
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        EXPECT_TRUE(is_known(written(seed))) << written(seed);
        expect_same(written(seed));
    }
}

TEST(KnownReply, IsNothingElseThatWorkersSend) {
    for (const char* file :
         {"0.1.1/stats.published.json", "0.3.1/stats.published.json", "0.3.2/stats.published.json",
          "0.4.1/stats.published.json", "0.5.1/stats.extremes.json",
          "0.5.1/stats.inf-usage-negzero-hit.json", "0.5.1/stats.nan-hit-spec-nulls.json",
          "0.5.1/stats.nested-rank-spec.json", "0.5.1/info.json", "0.5.1/ping.json"}) {
        EXPECT_FALSE(is_known(recorded(file))) << file;
        expect_same(recorded(file));
    }
    EXPECT_FALSE(is_known(""));
}

/// Beyond what a number of the short way may be, up to what no number may be.
TEST(KnownReply, SaysTheSameOfEveryNumber) {
    const std::string reply = recorded("0.5.1/stats.nested-no-rank-no-spec.json");
    const std::vector<std::string> numbers = {"0",
                                              "-0",
                                              "1",
                                              "01",
                                              "999999999999999",
                                              "1000000000000000",
                                              "9007199254740992",
                                              "9007199254740993",
                                              "18446744073709551615",
                                              "18446744073709551616",
                                              "0.0",
                                              "-0.0",
                                              "0.5",
                                              "00.5",
                                              "0.",
                                              ".5",
                                              "1.0",
                                              "1.5",
                                              "1e-3",
                                              "5E-1",
                                              "0.1",
                                              "0.30000001192092896",
                                              "0.1234567890123456789012345",
                                              "0.999999999999999999999",
                                              "1.000000000000000000001",
                                              "0.000000000000000000000000000001",
                                              "null",
                                              "true",
                                              "\"1\"",
                                              "[]",
                                              "{}",
                                              "",
                                              "0x1"};
    for (const char* const name :
         {"\"num_requests\":", "\"num_errors\":", "\"data_parallel_rank\":",
          "\"request_active_slots\":", "\"request_total_slots\":", "\"num_requests_waiting\":",
          "\"kv_active_blocks\":", "\"kv_total_blocks\":", "\"gpu_cache_usage_perc\":",
          "\"gpu_prefix_cache_hit_rate\":"}) {
        const std::string field = name;
        ASSERT_NE(reply.rfind(field), std::string::npos);
        const std::size_t begin = reply.rfind(field) + field.size();
        const std::size_t end = reply.find_first_of(",}", begin);
        for (const std::string& number : numbers) {
            std::string changed = reply;
            expect_same(changed.replace(begin, end - begin, number));
        }
    }
}

/// Bytes changed, taken out, put in and doubled at random, one to three times.
TEST(KnownReply, SaysTheSameOfWhateverIsLeftOfOne) {
    std::mt19937_64 random(1);
    const auto below = [&](std::size_t end) { return static_cast<std::size_t>(random() % end); };
    constexpr std::string_view kOften = "\"\\{}[]:,.-+eE0123456789 \n\x01\x7f\xc3\xa9";
    int known = 0;
    for (int i = 0; i < 20'000; ++i) {
        std::string text = written(below(50));
        for (std::size_t change = 0; change <= below(3); ++change) {
            const std::size_t at = below(text.size());
            switch (below(5)) {
                case 0: text[at] = kOften[below(kOften.size())]; break;
                case 1: text.erase(at, 1 + below(8)); break;
                case 2: text.insert(at, 1, kOften[below(kOften.size())]); break;
                case 3: text.insert(at, text.substr(at, 1 + below(200))); break;
                default: text.resize(at + 1); break;
            }
        }
        known += is_known(text) ? 1 : 0;
        expect_same(text);
        if (testing::Test::HasFailure()) return;
    }
    // Enough of both kinds, or this says nothing.
    EXPECT_GT(known, 200);
    EXPECT_LT(known, 10'000);
}

}  // namespace
}  // namespace muster
