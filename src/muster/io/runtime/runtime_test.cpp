// The machine's clocks, the descriptor for foreign event loops, secrets, SIGPIPE.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "muster/io/runtime/boot_clock.hpp"
#include "muster/io/runtime/secret_file.hpp"
#include "muster/io/runtime/sigpipe_block.hpp"
#include "muster/io/runtime/wall_clock.hpp"
#include "support/child_process.hpp"
#include "support/manual_clock.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using testing::ManualClock;
using testing::TempDir;

TEST(BootClock, CountsFromBootAndNeverFalls) {
    const BootClock clock;
    const Time first = clock.now();
    EXPECT_GT(first, Time{});
    EXPECT_GE(clock.now(), first);
}

TEST(ThreadCpuMeter, CountsWorkOfThisThread) {
    const ThreadCpuMeter meter;
    const Duration before = meter.thread_cpu();
    volatile unsigned sum = 0;
    for (unsigned i = 0; i < 1'000'000; ++i) sum = sum + i;
    EXPECT_GT(meter.thread_cpu(), before);
}

TEST(WallClock, KeepsItsAnchorUnlessTheWallClockWasSet) {
    const WallAnchor held{Time{} + 1h, WallTime{} + 1000h};
    const auto fresh = [&](Duration off) {
        return WallAnchor{held.steady + 10s, held.wall + 10s + off};
    };
    EXPECT_EQ(WallClock::choose(held, fresh(50ms)).steady, held.steady);
    EXPECT_EQ(WallClock::choose(held, fresh(-50ms)).steady, held.steady);
    EXPECT_EQ(WallClock::choose(held, fresh(51ms)).steady, held.steady + 10s);
    EXPECT_EQ(WallClock::choose(held, fresh(-2h)).steady, held.steady + 10s);
}

TEST(WallClock, ShowsTheSameMomentTheSame) {
    const BootClock clock;
    const WallClock wall(clock);
    const Time moment = clock.now();
    EXPECT_EQ(wall.wall_at(moment), wall.wall_at(moment));
}

TEST(WallClock, FollowsTheSteadyClockOnceTheyDisagree) {
    ManualClock clock;
    const WallClock wall(clock);
    const WallTime before = wall.now();
    clock.advance(1h);  // To this clock the machine's wall clock seems to have been set back 1 h.
    EXPECT_LT(wall.now() - before, 1min);
}

TEST(SecretFile, GivesTheTextWithoutTheLineEnd) {
    const TempDir dir;
    const auto secret = read_secret_file(dir.write("token", "s3cret word\r\n"));
    ASSERT_TRUE(secret);
    EXPECT_EQ(*secret, "s3cret word");
}

TEST(SecretFile, SaysWhatIsWrongAndNeverTheContent) {
    const TempDir dir;
    const std::string large = dir.write("large", std::string(kSecretBytesMax + 1, 'x'));
    const std::string locked = dir.write("locked", "hidden");
    std::filesystem::permissions(locked, std::filesystem::perms::none);
    struct Case {
        std::string path;
        std::string_view says;
    };
    for (const Case& c : {Case{dir.file("absent"), "No such file"}, Case{dir.path(), "directory"},
                          Case{dir.write("empty", "\n"), "empty"}, Case{large, "too large"}}) {
        const auto secret = read_secret_file(c.path);
        ASSERT_FALSE(secret) << c.path;
        EXPECT_EQ(secret.error().kind, ErrorKind::bad_input);
        EXPECT_NE(secret.error().what.find(c.path), std::string::npos) << secret.error().what;
        EXPECT_NE(secret.error().what.find(c.says), std::string::npos) << secret.error().what;
    }
    if (::geteuid() != 0) {  // Root reads everything.
        EXPECT_FALSE(read_secret_file(locked));
    }
}

void write_to_a_dead_socket() {
    int ends[2] = {-1, -1};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    ::close(ends[1]);
    EXPECT_EQ(::write(ends[0], "x", 1), -1);
    EXPECT_EQ(errno, EPIPE);
    ::close(ends[0]);
}

TEST(SigpipeBlock, KeepsTheProcessAliveAndLeavesNoTrace) {
    // The default disposition would end the test here.
    const auto before = std::signal(SIGPIPE, SIG_DFL);
    {
        const SigpipeBlock outer;
        const SigpipeBlock inner;
        write_to_a_dead_socket();
    }
    sigset_t now;
    sigemptyset(&now);
    ::pthread_sigmask(SIG_SETMASK, nullptr, &now);
    EXPECT_EQ(sigismember(&now, SIGPIPE), 0);
    sigpending(&now);
    EXPECT_EQ(sigismember(&now, SIGPIPE), 0);
    std::signal(SIGPIPE, before);
}

TEST(SigpipeBlockDeathTest, WithoutItThatWriteIsDeadly) {
    EXPECT_EXIT(
        {
            std::signal(SIGPIPE, SIG_DFL);
            write_to_a_dead_socket();
        },
        ::testing::KilledBySignal(SIGPIPE), "");
}

}  // namespace
}  // namespace muster
