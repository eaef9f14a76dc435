// Who is local, who may write, what a token opens, which origins may read.
#include "muster/serve/access.hpp"

#include <gtest/gtest.h>

namespace muster {
namespace {

HttpRequest from_here(std::string host, std::vector<HttpHeader> more = {}) {
    HttpRequest request;
    request.peer_is_loopback = true;
    request.headers = std::move(more);
    request.headers.push_back({"Host", std::move(host)});
    return request;
}

HttpRequest from_afar(std::vector<HttpHeader> more = {}) {
    HttpRequest request = from_here("muster.lab:6878", std::move(more));
    request.peer_is_loopback = false;
    return request;
}

unsigned status_of(const std::optional<HttpResponse>& refusal) {
    return refusal ? refusal->status : 0;
}

std::string field_of(const std::vector<HttpHeader>& headers, std::string_view name) {
    for (const HttpHeader& header : headers) {
        if (header.name == name) return header.value;
    }
    return {};
}

TEST(Access, LocalIsALoopbackPeerThatMeansThisMachine) {
    for (const char* host : {"localhost", "localhost:6878", "LOCALHOST:1", "127.0.0.1:6878",
                             "127.8.9.1", "[::1]:6878", "[::1]", " localhost "}) {
        EXPECT_TRUE(is_local(from_here(host))) << host;
    }
    for (const char* host : {"", "muster.lab", "127.evil.example", "127.0.0.1.evil.example",
                             "localhost.evil.example", "[::2]", "[::1", "10.0.0.1", "128.0.0.1"}) {
        EXPECT_FALSE(is_local(from_here(host))) << host;
    }
    EXPECT_FALSE(is_local(from_afar()));
    HttpRequest without_host;
    without_host.peer_is_loopback = true;
    EXPECT_FALSE(is_local(without_host));
    for (const char* name : {"Forwarded", "X-Forwarded-For", "x-real-ip", "Via"}) {
        EXPECT_FALSE(is_local(from_here("localhost", {{name, "10.0.0.9"}}))) << name;
    }
}

TEST(Access, WithoutATokenAllMayReadAndOnlyLocalOnesWrite) {
    const Access access({});
    EXPECT_EQ(status_of(access.refuse(from_afar(), false)), 0U);
    EXPECT_EQ(status_of(access.refuse_write(from_here("localhost:6878"))), 0U);
    EXPECT_EQ(status_of(access.refuse_write(from_here("evil.example"))), 403U);
    EXPECT_EQ(status_of(access.refuse_write(from_afar())), 403U);
    EXPECT_EQ(status_of(access.refuse_write(from_afar({{"Authorization", "Bearer x"}}))), 403U)
        << "a token that nobody set opens nothing";
}

TEST(Access, WithATokenWhoIsNotLocalMustShowIt) {
    const Access access({.token = "s3cret", .cors_origins = {}});
    const auto with = [](std::string value) {
        return std::vector<HttpHeader>{{"Authorization", std::move(value)}};
    };
    EXPECT_EQ(status_of(access.refuse(from_afar(), false)), 401U);
    EXPECT_EQ(status_of(access.refuse(from_afar(), true)), 0U) << "health needs none";
    EXPECT_EQ(status_of(access.refuse(from_here("localhost"), false)), 0U);
    EXPECT_EQ(status_of(access.refuse(from_here("evil.example"), false)), 401U);
    for (const char* right : {"Bearer s3cret", "bearer s3cret", "Bearer   s3cret "}) {
        EXPECT_EQ(status_of(access.refuse(from_afar(with(right)), false)), 0U) << right;
        EXPECT_EQ(status_of(access.refuse_write(from_afar(with(right)))), 0U) << right;
    }
    for (const char* wrong : {"Bearer s3cre", "Bearer s3crett", "Bearer S3cret", "Bearer x"}) {
        const auto refusal = access.refuse(from_here("localhost", with(wrong)), true);
        ASSERT_EQ(status_of(refusal), 401U) << wrong << ": wrong is wrong, even from here";
        EXPECT_EQ(field_of(refusal->headers, "WWW-Authenticate"),
                  "Bearer realm=\"muster\", error=\"invalid_token\"");
    }
    const auto refusal = access.refuse(from_afar(with("Basic czNjcmV0")), false);
    ASSERT_EQ(status_of(refusal), 401U);
    EXPECT_EQ(field_of(refusal->headers, "WWW-Authenticate"), "Bearer realm=\"muster\"");
    EXPECT_EQ(status_of(access.refuse_write(from_afar())), 401U);
}

TEST(Access, AWebPageOfElsewhereMayNotWriteThroughALocalBrowser) {
    const Access access({.token = {}, .cors_origins = {"https://board.lab"}});
    const auto from_page = [](const char* origin) {
        return from_here("127.0.0.1:6878", {{"Origin", origin}});
    };
    EXPECT_EQ(status_of(access.refuse_write(from_page("https://evil.example"))), 403U);
    EXPECT_EQ(status_of(access.refuse_write(from_page("null"))), 403U);
    EXPECT_EQ(status_of(access.refuse_write(from_page("http://127.0.0.1:6878"))), 0U);
    EXPECT_EQ(status_of(access.refuse_write(from_page("https://board.lab"))), 0U);
}

TEST(Access, CorsIsOffUnlessConfigured) {
    const Access off({});
    HttpRequest question = from_here(
        "localhost", {{"Origin", "https://board.lab"}, {"Access-Control-Request-Method", "PUT"}});
    question.method = HttpMethod::options;
    EXPECT_FALSE(off.is_preflight(question));
    EXPECT_TRUE(off.cors_headers(question).empty());

    const Access on({.token = {}, .cors_origins = {"https://board.lab"}});
    ASSERT_TRUE(on.is_preflight(question));
    EXPECT_EQ(field_of(on.cors_headers(question), "Access-Control-Allow-Origin"),
              "https://board.lab");
    EXPECT_EQ(field_of(on.preflight(question, "GET, PUT").headers, "Access-Control-Allow-Methods"),
              "GET, PUT");
    const HttpRequest other = from_here("localhost", {{"Origin", "https://evil.example"}});
    EXPECT_EQ(field_of(on.cors_headers(other), "Access-Control-Allow-Origin"), "");
    EXPECT_EQ(field_of(on.cors_headers(other), "Vary"), "Origin");
    EXPECT_TRUE(on.preflight(other, "GET").headers.empty());

    const Access any({.token = {}, .cors_origins = {"*"}});
    EXPECT_EQ(field_of(any.cors_headers(other), "Access-Control-Allow-Origin"),
              "https://evil.example");
}

TEST(Access, TokensAndOriginsAreChecked) {
    EXPECT_TRUE(check_token("aB3-._~+/="));
    for (const char* bad : {"", "two words", "caf\xc3\xa9", "tab\t"})
        EXPECT_FALSE(check_token(bad));
    for (const char* good : {"*", "https://board.lab", "http://127.0.0.1:3000"}) {
        EXPECT_TRUE(check_origin(good)) << good;
    }
    for (const char* bad : {"", "board.lab", "https://", "https://a/", "https://a,b", "://a"}) {
        EXPECT_FALSE(check_origin(bad)) << bad;
    }
}

}  // namespace
}  // namespace muster
