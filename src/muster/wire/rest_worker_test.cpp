// Orders that name workers over REST, and the file that keeps them.
#include "muster/wire/rest_worker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "muster/base/limits.hpp"

namespace muster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::StartsWith;

std::string complaint(const std::string& json) {
    const auto read = parse_rest_worker(json);
    return read ? "" : read.error().what;
}

TEST(RestWorker, AnOrderNeedsNothingButAUrl) {
    const auto plain = parse_rest_worker(R"({"url": "http://a:8000"})");
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->url, "http://a:8000");
    EXPECT_TRUE(plain->labels.empty());
    EXPECT_TRUE(plain->by.empty());
    const auto nulls = parse_rest_worker(R"({"url": "http://a:1", "labels": null, "by": null})");
    EXPECT_TRUE(nulls);
    const auto whole = parse_rest_worker(
        R"({"by": "ada", "labels": {"zone": "west", "tier": "é"}, "url": "http://a:1"})");
    ASSERT_TRUE(whole);
    EXPECT_EQ(whole->by, "ada");
    EXPECT_THAT(whole->labels, ElementsAre(Pair("tier", "é"), Pair("zone", "west")));
}

TEST(RestWorker, WhatIsWrongIsNamed) {
    EXPECT_THAT(complaint("["), StartsWith("the body is no JSON object"));
    EXPECT_THAT(complaint("[]"), StartsWith("the body is no JSON object"));
    EXPECT_THAT(complaint("{}"), StartsWith("url: missing"));
    EXPECT_THAT(complaint(R"({"url": "http://a", "url": "http://b"})"),
                StartsWith("url: given twice"));
    EXPECT_THAT(complaint(R"({"url": 1})"), StartsWith("url: not a string"));
    EXPECT_THAT(complaint(R"({"url": null})"), StartsWith("url: not a string"));
    EXPECT_THAT(complaint(R"({"url": "http://a", "labelz": {}})"),
                StartsWith("labelz: no such member"));
    EXPECT_THAT(complaint(R"({"url": "http://a", "since": "x"})"),
                StartsWith("since: no such member"));
    EXPECT_THAT(complaint(R"({"url": "http://a", "by": "a\nb"})"),
                StartsWith("by: holds a line end"));
    EXPECT_THAT(complaint(R"({"url": "http://a", "labels": []})"),
                StartsWith("labels: not an object"));
    EXPECT_THAT(complaint(R"({"url": "http://a", "labels": {"a": 1}})"),
                StartsWith("labels: a: not a string"));
    EXPECT_THAT(complaint(R"({"url": "http://a", "labels": {"worker": "x"}})"),
                StartsWith("labels: worker: not a label's name"));
    EXPECT_THAT(complaint(R"({"url": "http://a", "labels": {"a": "1", "a": "2"}})"),
                StartsWith("labels: a: given twice"));
    EXPECT_THAT(complaint(R"({"url": "http://a", "labels": {"a": "b\tc"}})"),
                StartsWith("labels: a: holds a line end"));
    const std::string e64(R"(\u00e9)");
    std::string longest;
    for (int i = 0; i < 64; ++i) longest += e64;
    EXPECT_EQ(complaint(R"({"url": "http://a", "labels": {"a": ")" + longest + "\"}}"), "");
    EXPECT_THAT(complaint(R"({"url": "http://a", "labels": {"a": ")" + longest + "x\"}}"),
                StartsWith("labels: a: too long"));
    std::string many;
    for (std::size_t i = 0; i <= kLabelsPerWorkerMax; ++i) {
        many += (i == 0 ? "" : ",");
        many += "\"l" + std::to_string(i) + "\":\"x\"";
    }
    EXPECT_THAT(complaint(R"({"url": "http://a", "labels": {)" + many + "}}"),
                StartsWith("labels: more than 16"));
}

TEST(RestWorker, AUrlIsOfAKnownForm) {
    const auto taken = [](const std::string& url) {
        return parse_rest_worker("{\"url\": \"" + url + "\"}").has_value();
    };
    for (const char* good : {"http://a", "https://a.b-c_d:65535", "http://[::1]:8000",
                             "http://[1:2:3:4:5:6:7:abCD]", "http://[fe80::1:2]", "http://[::]",
                             "http://127.0.0.1:8000/metrics", "http://a:1/x/~y"}) {
        EXPECT_TRUE(taken(good)) << good;
    }
    for (const char* bad : {"a:8000",
                            "ftp://a",
                            "httpx://a",
                            "http://",
                            "http://:80",
                            "http://a:",
                            "http://a:0",
                            "http://a:080",
                            "http://a:65536",
                            "http://u@a",
                            "http://a?x",
                            "http://a/x#y",
                            "http://a b",
                            "http://[::1",
                            "http://[]",
                            "http://[1]",
                            "http://[1:2:3:4:5:6:7]",
                            "http://[1::2::3]",
                            "http://[:::]",
                            "http://[12345::]",
                            "http://[1:]",
                            "http://[89fFdFd]",
                            "http://[1:2:3:4:5:6:7:8:9]",
                            "http://-a",
                            "http://é",
                            "HTTP://a"}) {
        EXPECT_FALSE(taken(bad)) << bad;
    }
    EXPECT_FALSE(taken("http://a/" + std::string(200, 'x')));
}

TEST(RestWorker, TheFileGivesBackWhatWasPutIn) {
    const std::vector<RestWorker> workers = {
        {.url = "http://a:8000", .labels = {}, .by = "", .since = {}},
        {.url = "https://b:8443/x",
         .labels = {{"tier", "\"quoted\""}, {"zone", "é"}},
         .by = "ada",
         .since = WallTime(std::chrono::milliseconds(1'795'428'794'125))}};
    const std::string text = print_rest_workers(workers);
    const auto back = parse_rest_workers(text);
    ASSERT_TRUE(back) << back.error().what << text;
    ASSERT_EQ(back->size(), 2U);
    for (std::size_t i = 0; i < workers.size(); ++i) {
        EXPECT_EQ((*back)[i].url, workers[i].url);
        EXPECT_EQ((*back)[i].labels, workers[i].labels);
        EXPECT_EQ((*back)[i].by, workers[i].by);
        EXPECT_EQ((*back)[i].since, workers[i].since);
    }
    EXPECT_TRUE(parse_rest_workers(print_rest_workers({}))->empty());
}

TEST(RestWorker, AFileThatIsNotOursIsRefusedInWords) {
    const auto wrong = [](const std::string& text) {
        const auto read = parse_rest_workers(text);
        return read ? "" : read.error().what;
    };
    EXPECT_EQ(wrong(""), "no JSON object");
    EXPECT_THAT(wrong(R"({"workers": []})"), HasSubstr("does not name its form"));
    EXPECT_EQ(wrong(R"({"muster_rest_workers": 2, "workers": []})"), "its form is 2, we read 1");
    EXPECT_EQ(wrong(R"({"muster_rest_workers": 1})"), "it has no list of workers");
    EXPECT_EQ(wrong(R"({"muster_rest_workers": 1, "workers": [1]})"), "worker 1: no object");
    EXPECT_THAT(
        wrong(R"({"muster_rest_workers": 1, "workers": [{"url": "http://a", "since": "x"}]})"),
        StartsWith("worker 1: since: not a time"));
}

}  // namespace
}  // namespace muster
