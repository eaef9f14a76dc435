// Which variable names the state directory.
#include "state_dir.hpp"

#include <gtest/gtest.h>

#include <map>

namespace muster {
namespace {

std::string chosen(const std::map<std::string, std::string>& variables) {
    return default_state_dir([&](const char* name) {
        const auto found = variables.find(name);
        return found == variables.end() ? std::string() : found->second;
    });
}

TEST(StateDir, IsWhatTheServiceManagerGivesThenXdgsThenHomes) {
    EXPECT_EQ(chosen({{"STATE_DIRECTORY", "/var/lib/muster"}, {"HOME", "/root"}}),
              "/var/lib/muster");
    EXPECT_EQ(chosen({{"STATE_DIRECTORY", "/a:/b"}}), "/a");
    EXPECT_EQ(chosen({{"XDG_STATE_HOME", "/x"}, {"HOME", "/home/me"}}), "/x/muster");
    EXPECT_EQ(chosen({{"HOME", "/home/me"}}), "/home/me/.local/state/muster");
}

TEST(StateDir, ARelativePathIsNone) {
    EXPECT_EQ(chosen({{"XDG_STATE_HOME", "x"}, {"HOME", "/home/me"}}),
              "/home/me/.local/state/muster");
    EXPECT_EQ(chosen({{"HOME", "me"}}), "");
    EXPECT_EQ(chosen({}), "");
}

}  // namespace
}  // namespace muster
