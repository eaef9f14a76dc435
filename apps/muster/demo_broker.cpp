// nats-server chooses a free port itself and writes it into a file; we wait for that file.
#include "demo_broker.hpp"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

namespace muster {
namespace {

namespace fs = std::filesystem;

constexpr int kLookMs = 50;
// A loaded machine starts it in a second; beyond this it never will.
constexpr int kLooksMax = 200;

std::unexpected<Error> cannot_start(std::string what) {
    return fail(ErrorKind::internal, ErrorOrigin::self, std::move(what));
}

std::string text_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string last_line(const std::string& text) {
    const std::size_t end = text.find_last_not_of("\r\n");
    if (end == std::string::npos) return {};
    const std::size_t start = text.find_last_of('\n', end);
    return text.substr(start == std::string::npos ? 0 : start + 1,
                       end - (start == std::string::npos ? 0 : start + 1) + 1);
}

// The ports file is {"nats":["nats://127.0.0.1:34567"],...}.
std::optional<std::string> url_in(const std::string& ports) {
    const std::size_t start = ports.find("nats://");
    if (start == std::string::npos) return std::nullopt;
    const std::size_t end = ports.find('"', start);
    if (end == std::string::npos) return std::nullopt;
    return ports.substr(start, end - start);
}

// Waits until the file is written whole, or the server has ended.
Result<std::string> wait_for_url(int watch, const ChildProcess& process, const std::string& folder,
                                 const std::stop_token& stop) {
    const std::string ports = folder + "/nats-server_" + std::to_string(process.pid()) + ".ports";
    for (int look = 0; look < kLooksMax; ++look) {
        if (auto url = url_in(text_of(ports))) return *url;
        std::array<pollfd, 2> waited = {
            {{watch, POLLIN, 0}, {process.end_descriptor(), POLLIN, 0}}};
        (void)poll(waited.data(), waited.size(), kLookMs);
        if ((waited[1].revents & POLLIN) != 0 || stop.stop_requested()) break;
        std::array<char, 4096> events{};
        if ((waited[0].revents & POLLIN) != 0) (void)!read(watch, events.data(), events.size());
    }
    if (stop.stop_requested()) return fail(ErrorKind::closed, ErrorOrigin::self, "stopped");
    return cannot_start("cannot start: nats-server: " + last_line(text_of(folder + "/log")) +
                        ": start it by hand to see why");
}

}  // namespace

Result<ScratchFolder> ScratchFolder::make() {
    std::error_code failed;
    std::string path = fs::temp_directory_path(failed).string();
    if (failed) path = "/tmp";
    path += "/muster-demo-XXXXXX";
    if (mkdtemp(path.data()) == nullptr) {
        return cannot_start("cannot make a folder: " + path +
                            ": set TMPDIR to a folder that you may write to");
    }
    return ScratchFolder(std::move(path));
}

ScratchFolder::~ScratchFolder() {
    std::error_code ignored;  // What cannot be removed is left to the system's own cleaning.
    if (!path_.empty()) fs::remove_all(path_, ignored);
}

ScratchFolder::ScratchFolder(ScratchFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

Result<DemoBroker> DemoBroker::start(const std::stop_token& stop) {
    const auto program = find_program("nats-server");
    if (!program) {
        return cannot_start(
            "no nats-server: in PATH and /usr/sbin: install it with `sudo apt-get install "
            "nats-server`");
    }
    auto folder = ScratchFolder::make();
    if (!folder) return std::unexpected(std::move(folder.error()));
    const int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    inotify_add_watch(watch, folder->path().c_str(), IN_CLOSE_WRITE | IN_MOVED_TO);
    auto process = ChildProcess::start(
        *program, {"-a", "127.0.0.1", "-p", "-1", "--ports_file_dir", folder->path()},
        folder->path() + "/log");
    auto url = process ? wait_for_url(watch, *process, folder->path(), stop)
                       : Result<std::string>(std::unexpected(process.error()));
    close(watch);
    if (!url) return std::unexpected(std::move(url.error()));
    return DemoBroker(std::move(*folder), std::move(*process), std::move(*url));
}

void DemoBroker::pause() const noexcept {
    process_.signal(SIGSTOP);
}
void DemoBroker::resume() const noexcept {
    process_.signal(SIGCONT);
}

}  // namespace muster
