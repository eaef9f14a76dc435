// See process_meter.hpp.
#include "muster/io/runtime/process_meter.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <string_view>

#include "muster/io/runtime/boot_clock.hpp"

namespace muster {
namespace {

/// Fields of /proc/self/stat behind the name, by their numbers in proc(5).
constexpr std::size_t kFirstField = 3;
constexpr std::size_t kUserTicks = 14;
constexpr std::size_t kSystemTicks = 15;
constexpr std::size_t kThreads = 20;
constexpr std::size_t kStartTicks = 22;
constexpr std::size_t kVirtualBytes = 23;
constexpr std::size_t kResidentPages = 24;

struct Stat {
    std::array<std::optional<std::uint64_t>, kResidentPages + 1> fields;
};

Stat parse_stat(std::string_view text) {
    Stat stat;
    // The name may hold anything, spaces and brackets too: what counts is the last bracket.
    const auto end_of_name = text.rfind(") ");
    if (end_of_name == std::string_view::npos) return stat;
    text.remove_prefix(end_of_name + 2);
    for (std::size_t field = kFirstField; field < stat.fields.size() && !text.empty(); ++field) {
        const std::string_view word = text.substr(0, text.find(' '));
        std::uint64_t value = 0;
        if (std::from_chars(word.data(), word.data() + word.size(), value).ec == std::errc{}) {
            stat.fields[field] = value;
        }
        text.remove_prefix(std::min(word.size() + 1, text.size()));
    }
    return stat;
}

Stat read_stat() {
    const int fd = ::open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return {};
    std::array<char, 1024> text{};  // The kernel gives it whole; a line has some 350 bytes.
    const ssize_t size = ::read(fd, text.data(), text.size());
    ::close(fd);
    if (size <= 0) return {};
    return parse_stat({text.data(), static_cast<std::size_t>(size)});
}

Duration of_ticks(std::uint64_t ticks) {
    const auto per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
    return std::chrono::milliseconds(ticks * 1000 / per_second);
}

std::optional<std::uint64_t> count_descriptors() {
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc/self/fd"), &::closedir);
    if (folder == nullptr) return std::nullopt;
    std::uint64_t count = 0;
    while (const dirent* entry = ::readdir(folder.get())) {
        if (entry->d_name[0] != '.') ++count;
    }
    return count - 1;  // The one that reads.
}

}  // namespace

ProcessMeter::ProcessMeter() {
    const auto since_boot = read_stat().fields[kStartTicks];
    if (!since_boot) return;
    const BootClock clock;
    const auto wall = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
    const auto started = wall - (clock.now() - (Time{} + of_ticks(*since_boot)));
    started_ = std::chrono::floor<std::chrono::milliseconds>(started);  // More is made up.
}

ProcessFigures ProcessMeter::read() const {
    ProcessFigures figures;
    const Stat stat = read_stat();
    if (stat.fields[kUserTicks] && stat.fields[kSystemTicks]) {
        figures.cpu = of_ticks(*stat.fields[kUserTicks] + *stat.fields[kSystemTicks]);
    }
    figures.virtual_bytes = stat.fields[kVirtualBytes];
    if (const auto pages = stat.fields[kResidentPages]) {
        figures.resident_bytes = *pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    }
    figures.threads = stat.fields[kThreads];
    figures.open_descriptors = count_descriptors();
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
        figures.descriptors_max = limit.rlim_cur;
    }
    figures.started = started_;
    return figures;
}

}  // namespace muster
