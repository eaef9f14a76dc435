// What is suggested for a misspelt name, and when nothing is.
#include "nearest_name.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace muster {
namespace {

const std::vector<std::string> kFlags = {"--nats",     "--component", "--interval",
                                         "--patience", "--output",    "--watch"};

TEST(NearestName, SuggestsForSlips) {
    EXPECT_EQ(nearest_name("--intervall", kFlags), "--interval");
    EXPECT_EQ(nearest_name("--pateince", kFlags), "--patience");
    EXPECT_EQ(nearest_name("--OUTPUT", kFlags), "--output");
    EXPECT_EQ(nearest_name("--componet", kFlags), "--component");
    EXPECT_EQ(nearest_name("--nast", kFlags), "--nats");
}

TEST(NearestName, SaysNothingWhereNothingIsNear) {
    EXPECT_EQ(nearest_name("--verbose-everything", kFlags), std::nullopt);
    EXPECT_EQ(nearest_name("x", kFlags), std::nullopt);
    EXPECT_EQ(nearest_name("", kFlags), std::nullopt);
    EXPECT_EQ(nearest_name(std::string(100, '-'), kFlags), std::nullopt);
    EXPECT_EQ(nearest_name("--nats", std::vector<std::string>{}), std::nullopt);
}

TEST(NearestName, TakesTheFewestSlips) {
    const std::vector<std::string> names = {"table", "stable"};
    EXPECT_EQ(nearest_name("stble", names), "stable");
    EXPECT_EQ(nearest_name("tble", names), "table");
}

}  // namespace
}  // namespace muster
