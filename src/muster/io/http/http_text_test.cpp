// The parts of HTTP that need no socket: targets, escapes, tokens, gzip, addresses, problems.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <zlib.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "muster/io/http/gzip.hpp"
#include "muster/io/http/http_message.hpp"
#include "muster/io/http/listen_address.hpp"
#include "muster/io/http/problem.hpp"
#include "muster/io/http/scrape_target.hpp"
#include "muster/io/http/url.hpp"

namespace muster {
namespace {

std::string gunzip(const std::string& packed) {
    z_stream stream{};
    inflateInit2(&stream, 15 + 16);
    std::string out(1 << 20, '\0');
    std::string in = packed;
    stream.next_in = reinterpret_cast<Bytef*>(in.data());
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return out;
}

TEST(Gzip, ComesBackTheSame) {
    for (const std::string& text : {std::string(), std::string("a"), std::string(500'000, 'x')}) {
        const auto packed = gzip(text);
        ASSERT_TRUE(packed);
        EXPECT_EQ(gunzip(*packed), text);
    }
}

TEST(Url, SplitsPathAndParameters) {
    const auto target = parse_target("/v1/workers/a%2Fb?component=a/b&component=c+d&flag&x=%41#no");
    ASSERT_TRUE(target);
    EXPECT_EQ(target->path, "/v1/workers/a%2Fb");
    ASSERT_EQ(target->parameters.size(), 4U);
    EXPECT_EQ(target->parameters[1].value, "c d");
    EXPECT_EQ(target->parameters[2].name, "flag");
    EXPECT_EQ(target->parameters[3].value, "A");
}

TEST(Url, NamesTheParameterWithABrokenEscape) {
    EXPECT_TRUE(parse_target("/?state=%zz").error().what.starts_with("state: broken"));
    EXPECT_FALSE(parse_target("/?%1=x"));
    EXPECT_FALSE(parse_target("/?" + std::string(200, '&') + [] {
        std::string many;
        for (int i = 0; i < 257; ++i) many += "a=b&";
        return many;
    }()));
}

TEST(Url, EncodingComesBackTheSame) {
    EXPECT_EQ(percent_encode("dynamo/backend/7"), "dynamo%2Fbackend%2F7");
    EXPECT_TRUE(rc::check([](const std::string& text) {
        RC_ASSERT(percent_decode(percent_encode(text), false) == text);
        RC_ASSERT(percent_decode(percent_encode(text), true) == text);
    }));
}

TEST(HttpMessage, ReadsAcceptedTokens) {
    EXPECT_TRUE(accepts_token("gzip", "gzip"));
    EXPECT_TRUE(accepts_token("deflate, GZIP;q=0.5", "gzip"));
    EXPECT_TRUE(accepts_token("br, *", "gzip"));
    EXPECT_FALSE(accepts_token("gzip;q=0", "gzip"));
    EXPECT_FALSE(accepts_token("*, gzip; q=0.0", "gzip"));
    EXPECT_FALSE(accepts_token("", "gzip"));
    EXPECT_FALSE(accepts_token("identity", "gzip"));
    EXPECT_FALSE(accepts_token("gzipped", "gzip"));
    EXPECT_FALSE(accepts_token("gzip;q=inf", "gzip"));
}

TEST(ScrapeTarget, TheAddressOfThePageIsThatOfTheEngine) {
    for (const char* text : {"h:8000", "http://h:8000/", "http://h:8000/metrics",
                             "http://h:8000//metrics", "http://h:8000/metrics/"}) {
        const auto target = parse_scrape_target(text);
        ASSERT_TRUE(target) << text;
        EXPECT_EQ(target->worker_id(), "http/h:8000") << text;
    }
    EXPECT_EQ(parse_scrape_target("https://h/engines/7/metrics")->name(), "h:443/engines/7");
}

TEST(ListenAddress, IsAnAddressAndNothingBehindIt) {
    EXPECT_EQ(print_listen_address(parse_listen_address("localhost:0080").value()), "127.0.0.1:80");
    EXPECT_EQ(print_listen_address(parse_listen_address("[::1]:0").value()), "[::1]:0");
    using namespace std::string_view_literals;
    for (const std::string_view text :
         {"127.0.0.1\0junk:80"sv, "[::1\0]:80"sv, "::1:80"sv, "h:80"sv, "127.0.0.1"sv}) {
        EXPECT_FALSE(parse_listen_address(text)) << text;
    }
}

TEST(Problem, IsJsonWhateverTheDetail) {
    const auto response = problem_response(400, "bad-parameter", "odd: \xff\n\"", ",\"more\":[1]");
    const auto problem = nlohmann::json::parse(*response.body);
    EXPECT_EQ(problem["title"], "Bad Request");
    EXPECT_EQ(problem["detail"], "odd: \xEF\xBF\xBD\n\"");
    EXPECT_EQ(problem["more"][0], 1);
}

}  // namespace
}  // namespace muster
