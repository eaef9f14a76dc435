// Sizes: what is read, what is refused, and that what is printed reads back.
#include "muster/base/size_text.hpp"

#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(Size, IsReadWithItsUnit) {
    EXPECT_EQ(parse_size("1GiB"), 1'073'741'824U);
    EXPECT_EQ(parse_size("512MiB"), 536'870'912U);
    EXPECT_EQ(parse_size("2kB"), 2'000U);
    EXPECT_EQ(parse_size("7B"), 7U);
    EXPECT_EQ(parse_size("0"), 0U);
    EXPECT_EQ(parse_size("1048576TiB"), std::uint64_t{1} << 60U);
}

TEST(Size, AnythingElseIsNone) {
    for (const char* wrong : {"", "1", "GiB", "1 GiB", "1.5GiB", "-1GiB", "1gib", "1GiBs",
                              "1048577TiB", "99999999999999999999B", "1G"}) {
        EXPECT_FALSE(parse_size(wrong)) << wrong;
    }
}

TEST(Size, PrintedItReadsBack) {
    for (const std::uint64_t bytes :
         {std::uint64_t{0}, std::uint64_t{7}, std::uint64_t{1024}, std::uint64_t{1536},
          std::uint64_t{1} << 30U, (std::uint64_t{1} << 30U) + 1}) {
        EXPECT_EQ(parse_size(print_size(bytes)), bytes);
    }
    EXPECT_EQ(print_size(std::uint64_t{3} << 29U), "1536MiB");
}

}  // namespace
}  // namespace muster
