// Errors of our API are read back; other people's are left alone.
#include "muster/wire/problem_document.hpp"

#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(ProblemDocument, IsReadBack) {
    const auto problem = parse_problem(
        R"({"type":"/problems/unknown-worker","title":"Not Found","status":404,"detail":"a: b"})");
    ASSERT_TRUE(problem);
    EXPECT_EQ(problem->type, "unknown-worker");
    EXPECT_EQ(problem->detail, "a: b");
}

TEST(ProblemDocument, IsOurs) {
    for (const char* text : {"", "<html>", "[]", "{}", R"({"type":"about:blank","detail":"x"})",
                             R"({"type":"/problems/x"})", R"({"type":"/problems/x","detail":1})",
                             R"({"detail":"x"})"}) {
        EXPECT_FALSE(parse_problem(text)) << text;
    }
}

}  // namespace
}  // namespace muster
