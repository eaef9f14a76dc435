// The page's files are there, whole in both forms, and kept as long as they may be.
#include "muster/serve/web_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

namespace muster {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

std::string header_of(const HttpResponse& response, std::string_view name) {
    for (const HttpHeader& header : response.headers) {
        if (header.name == name) return header.value;
    }
    return {};
}

HttpRequest request_with(std::string name, std::string value) {
    HttpRequest request;
    request.headers = {{std::move(name), std::move(value)}};
    return request;
}

std::string unpacked(std::string_view packed, std::size_t size) {
    std::string text(size, '\0');
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, 16 + MAX_WBITS), Z_OK);
    std::string input(packed);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): zlib's type for bytes.
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): zlib's type for bytes.
    stream.next_out = reinterpret_cast<Bytef*>(text.data());
    stream.avail_out = static_cast<uInt>(text.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    inflateEnd(&stream);
    return text;
}

TEST(WebFiles, EachIsTheSameInBothForms) {
    ASSERT_FALSE(web_files().empty());
    for (const WebFile& file : web_files()) {
        EXPECT_EQ(unpacked(file.packed, file.plain.size()), file.plain) << file.path;
    }
}

TEST(WebFiles, ThePageNamesFilesThatAreThere) {
    const WebFile* const page = find_web_file("/");
    ASSERT_NE(page, nullptr);
    std::size_t named = 0;
    for (const WebFile& file : web_files()) {
        if (file.path == "/") continue;
        EXPECT_THAT(std::string(page->plain), HasSubstr(std::string(file.path)));
        EXPECT_THAT(std::string(file.path), HasSubstr(std::string(file.hash)));
        ++named;
    }
    EXPECT_GE(named, 3U);
    EXPECT_THAT(std::string(page->plain), Not(ContainsRegex("@[A-Z_]+@")));
    EXPECT_EQ(find_web_file("/assets/app.js"), nullptr);
}

TEST(WebFiles, TheBundleKeepsToItsBudget) {
    std::size_t bytes = 0;
    for (const WebFile& file : web_files()) bytes += file.plain.size();
    EXPECT_LE(bytes, 120'000U);
}

TEST(WebFileResponse, WhatHasAHashIsKeptForEverAndThePageIsAskedForEachTime) {
    const HttpResponse page = web_file_response(*find_web_file("/"), {});
    EXPECT_EQ(header_of(page, "Cache-Control"), "no-cache");
    const std::string policy = header_of(page, "Content-Security-Policy");
    EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
    EXPECT_THAT(policy, HasSubstr("'self' '" + std::string(inline_hashes().script) + "'"));
    EXPECT_THAT(policy, HasSubstr("style-src '" + std::string(inline_hashes().style) + "'"));
    EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
    const WebFile* asset = &web_files().front();
    ASSERT_NE(asset->path, "/");
    const HttpResponse file = web_file_response(*asset, {});
    EXPECT_THAT(header_of(file, "Cache-Control"), HasSubstr("immutable"));
    EXPECT_EQ(header_of(file, "X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(*file.body, asset->plain);
}

TEST(WebFileResponse, WhoMayHaveOpenedThePageHasNoHandOnIt) {
    const WebFile& page = *find_web_file("/");
    const auto policy_for = [&](const HttpRequest& request) {
        return header_of(web_file_response(page, request), "Cross-Origin-Opener-Policy");
    };
    EXPECT_EQ(policy_for({}), "same-origin");
    for (const char* site : {"cross-site", "same-site", "what comes one day"}) {
        EXPECT_EQ(policy_for(request_with("Sec-Fetch-Site", site)), "same-origin") << site;
    }
    for (const char* site : {"none", "same-origin"}) {
        EXPECT_EQ(policy_for(request_with("Sec-Fetch-Site", site)), "") << site;
    }
    // Kept answers are of use to who asked in the same way only.
    EXPECT_THAT(header_of(web_file_response(page, {}), "Vary"), HasSubstr("Sec-Fetch-Site"));
}

TEST(WebFileResponse, PackedAndPlainHaveTagsOfTheirOwn) {
    const WebFile& page = *find_web_file("/");
    const HttpResponse plain = web_file_response(page, {});
    const HttpResponse packed = web_file_response(page, request_with("Accept-Encoding", "gzip"));
    EXPECT_EQ(header_of(packed, "Content-Encoding"), "gzip");
    EXPECT_EQ(*packed.body, page.packed);
    EXPECT_NE(header_of(plain, "ETag"), header_of(packed, "ETag"));
    const auto again =
        web_file_response(page, request_with("If-None-Match", header_of(plain, "ETag")));
    EXPECT_EQ(again.status, 304U);
    EXPECT_EQ(again.body, nullptr);
    const auto other =
        web_file_response(page, request_with("If-None-Match", header_of(packed, "ETag")));
    EXPECT_EQ(other.status, 200U);
}

}  // namespace
}  // namespace muster
