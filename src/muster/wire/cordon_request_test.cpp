// Orders are understood whole or complained about by the name of what is wrong.
#include "muster/wire/cordon_request.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "muster/base/limits.hpp"

namespace muster {
namespace {

std::string complaint(std::string_view json) {
    const auto read = parse_cordon_request(json);
    return read ? "" : read.error().what;
}

TEST(CordonRequest, SaysWhyAndPerhapsWho) {
    const auto full = parse_cordon_request(R"({"by": "ada", "why": "new driver\u00e9"})");
    ASSERT_TRUE(full) << full.error().what;
    EXPECT_EQ(full->why, "new driver\xc3\xa9");
    EXPECT_EQ(full->by, "ada");
    for (const char* json : {R"({"why": "x"})", R"({"why": "x", "by": null})"}) {
        const auto read = parse_cordon_request(json);
        ASSERT_TRUE(read) << json;
        EXPECT_EQ(read->by, "");
    }
}

TEST(CordonRequest, ComplaintsNameTheMember) {
    const std::string object =
        "the body is no JSON object: send {\"why\": \"...\", \"by\": \"...\"}";
    for (const char* json : {"", "[]", "1", "\"why\"", R"({"why": "x")", "{\"why\": \"\xff\"}",
                             R"({"why": "\ud800"})"}) {
        EXPECT_EQ(complaint(json), object) << json;
    }
    EXPECT_EQ(complaint("{}"), "why: missing: say why the worker is cordoned");
    EXPECT_EQ(complaint(R"({"why": ""})"), "why: empty: say it in a few words");
    EXPECT_EQ(complaint(R"({"why": null})"), "why: not a string: give it in quotes");
    EXPECT_EQ(complaint(R"({"why": "x", "by": 1})"), "by: not a string: give it in quotes");
    EXPECT_EQ(complaint(R"({"why": "x", "by": ""})"), "by: empty: say it in a few words");
    EXPECT_EQ(complaint(R"({"why": "a\nb"})"),
              "why: holds a line end or another control character: write one line");
    EXPECT_EQ(complaint(R"({"why": "x", "who": "ada"})"),
              "who: no such member: there are why and by");
}

TEST(CordonRequest, LimitsCountCharactersNotBytes) {
    std::string why;
    for (std::size_t i = 0; i < kCordonWhyCharactersMax; ++i) why += "\xf0\x9f\xa6\x86";
    EXPECT_EQ(complaint("{\"why\": \"" + why + "\"}"), "");
    EXPECT_EQ(complaint("{\"why\": \"" + why + "x\"}"), "why: too long: at most 500 characters");
    EXPECT_EQ(complaint_of_by(std::string(kCordonByCharactersMax + 1, 'x')),
              "too long: at most 100 characters");
    EXPECT_EQ(complaint_of_by("\xff"), "not UTF-8: correct it");
}

TEST(CordonRequest, ReadsWhatItPrints) {
    EXPECT_TRUE(rc::check([](const std::string& why, const std::string& by) {
        if (!complaint_of_why(why).empty() || (!by.empty() && !complaint_of_by(by).empty())) return;
        const auto read = parse_cordon_request(print_cordon_request({why, by}));
        RC_ASSERT(read);
        RC_ASSERT(read->why == why);
        RC_ASSERT(read->by == by);
    }));
}

}  // namespace
}  // namespace muster
