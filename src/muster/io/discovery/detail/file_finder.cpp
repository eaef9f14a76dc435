// A file in the form of file_sd, watched by way of its folder: editors and configuration systems
// replace files rather than write into them.
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "muster/io/discovery/detail/file_sd.hpp"
#include "muster/io/discovery/detail/target_finder.hpp"

namespace muster {
namespace {

constexpr std::size_t kFileBytesMax = std::size_t{8} << 20;

std::string folder_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

class FileFinder final : public TargetFinder {
public:
    explicit FileFinder(std::string path) : path_(std::move(path)) {
        wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        watch_ = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        watch_folder();
    }
    ~FileFinder() override {
        if (wake_ >= 0) ::close(wake_);
        if (watch_ >= 0) ::close(watch_);
    }
    FileFinder(const FileFinder&) = delete;
    FileFinder& operator=(const FileFinder&) = delete;

    Result<std::vector<ScrapeTarget>> find(const std::stop_token& /*stop*/) override {
        if (!watching_) watch_folder();  // It may have been made since.
        auto text = read_file();
        if (!text) return std::unexpected(std::move(text.error()));
        auto targets = parse_file_sd(*text);
        if (targets) return targets;
        return fail(ErrorKind::bad_input, ErrorOrigin::client,
                    "not read: " + path_ + ": " + targets.error().what);
    }

    void wait(Duration limit, const std::stop_token& stop) override {
        const std::stop_callback wake(stop, [this] {
            const std::uint64_t one = 1;
            (void)!::write(wake_, &one, sizeof one);
        });
        std::array<pollfd, 2> polled = {pollfd{wake_, POLLIN, 0}, pollfd{watch_, POLLIN, 0}};
        const auto ms = std::chrono::ceil<std::chrono::milliseconds>(limit).count();
        (void)::poll(polled.data(), polled.size(), static_cast<int>(ms));
        alignas(inotify_event) std::array<char, 4096> events;
        while (watch_ >= 0 && ::read(watch_, events.data(), events.size()) > 0) {
        }
    }

private:
    void watch_folder() {
        // What was written is whole, or what was renamed is in its place.
        constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE | IN_MOVED_FROM;
        watching_ = watch_ >= 0 && ::inotify_add_watch(watch_, folder_of(path_).c_str(),
                                                       kEvents | IN_ONLYDIR) >= 0;
    }

    [[nodiscard]] Result<std::string> read_file() const {
        const int file = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (file < 0) return unreadable(errno);
        std::string text;
        std::array<char, 64 * 1024> part;
        ssize_t size = 0;
        while ((size = ::read(file, part.data(), part.size())) > 0) {
            text.append(part.data(), static_cast<std::size_t>(size));
            if (text.size() > kFileBytesMax) break;
        }
        const int error = errno;
        ::close(file);
        if (size < 0) return unreadable(error);
        if (text.size() <= kFileBytesMax) return text;
        return fail(ErrorKind::bad_input, ErrorOrigin::client,
                    "not read: " + path_ + ": above 8 MiB: give a list of targets");
    }

    [[nodiscard]] std::unexpected<Error> unreadable(int error) const {
        return fail(ErrorKind::bad_input, ErrorOrigin::client,
                    "cannot read: " + path_ + ": " + std::generic_category().message(error) +
                        ": give a file that this user can read");
    }

    std::string path_;
    int wake_ = -1;
    int watch_ = -1;
    bool watching_ = false;
};

}  // namespace

std::unique_ptr<TargetFinder> file_finder(const DiscoveryPlace& place) {
    return std::make_unique<FileFinder>(place.what);
}

}  // namespace muster
