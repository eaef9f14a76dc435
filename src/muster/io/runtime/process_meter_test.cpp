// What the machine says of the test's own process, where the test can know better.
#include "muster/io/runtime/process_meter.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <latch>
#include <thread>

#include "muster/io/runtime/boot_clock.hpp"
#include "muster/io/runtime/wall_clock.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

TEST(ProcessMeter, CountsDescriptors) {
    const ProcessMeter meter;
    const auto before = meter.read();
    const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ASSERT_GE(fd, 0);
    const auto after = meter.read();
    ::close(fd);
    ASSERT_TRUE(before.open_descriptors && after.open_descriptors);
    EXPECT_EQ(*after.open_descriptors, *before.open_descriptors + 1);
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_cur == RLIM_INFINITY)
        EXPECT_FALSE(after.descriptors_max);
    else
        EXPECT_EQ(after.descriptors_max, limit.rlim_cur);
}

TEST(ProcessMeter, CountsThreads) {
    const ProcessMeter meter;
    // A sanitizer starts a thread of its own beside the first of ours.
    std::jthread([] {}).join();
    const auto before = meter.read().threads;
    std::latch started(1);
    std::latch counted(1);
    std::jthread other([&] {
        started.count_down();
        counted.wait();
    });
    started.wait();
    const auto during = meter.read().threads;
    counted.count_down();
    ASSERT_TRUE(before && during);
    EXPECT_EQ(*during, *before + 1);
}

TEST(ProcessMeter, TellsTimeAndMemoryInTheRightUnits) {
    const BootClock clock;
    const WallClock wall(clock);
    const ProcessMeter meter;
    rusage used{};
    const auto figures = meter.read();
    ASSERT_EQ(::getrusage(RUSAGE_SELF, &used), 0);
    ASSERT_TRUE(figures.cpu && figures.resident_bytes && figures.virtual_bytes && figures.started);
    const Duration cpu = std::chrono::seconds(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                         std::chrono::microseconds(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
    EXPECT_LE(*figures.cpu, cpu + 20ms) << "ticks of 10 ms";
    EXPECT_GE(*figures.cpu, cpu - 1s);
    const auto peak = static_cast<std::uint64_t>(used.ru_maxrss) * 1024;
    EXPECT_LE(*figures.resident_bytes, peak + (1U << 20));
    EXPECT_GT(*figures.resident_bytes, peak / 100);
    EXPECT_GT(*figures.virtual_bytes, *figures.resident_bytes);
    EXPECT_LE(*figures.started, wall.now() + 20ms);
    EXPECT_GT(*figures.started, wall.now() - 1h);
}

}  // namespace
}  // namespace muster
