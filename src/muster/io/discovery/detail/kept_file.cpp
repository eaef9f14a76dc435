#include "muster/io/discovery/detail/kept_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

namespace muster {
namespace {

// Ten thousand workers with a label or two have 2 MB.
constexpr std::size_t kBytesMax = std::size_t{32} << 20;

std::unexpected<Error> not_kept(const std::string& where, int error) {
    return fail(ErrorKind::closed, ErrorOrigin::self,
                "cannot write: " + where + ": " + std::generic_category().message(error) +
                    ": make room there, or name another directory with --state-dir");
}

/// A descriptor that is closed at the end of its block.
class Opened {
public:
    Opened(const std::string& path, int flags) : fd_(::open(path.c_str(), flags, 0600)) {}
    ~Opened() {
        if (fd_ >= 0) ::close(fd_);
    }
    Opened(const Opened&) = delete;
    Opened& operator=(const Opened&) = delete;
    [[nodiscard]] int fd() const noexcept { return fd_; }

private:
    int fd_;
};

bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t put = ::write(fd, text.data(), text.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(put));
    }
    return ::fsync(fd) == 0;
}

}  // namespace

KeptFile::KeptFile(std::string directory, const std::string& name)
    : directory_(std::move(directory)), path_(directory_ + '/' + name) {}

KeptFile::~KeptFile() {
    if (lock_ >= 0) ::close(lock_);
}

Result<std::string> KeptFile::read() const {
    const auto unreadable = [&](const std::string& why) {
        return fail(ErrorKind::bad_input, ErrorOrigin::client,
                    "cannot read: " + path_ + ": " + why + ": mend it, or take it away");
    };
    const Opened file(path_, O_RDONLY | O_CLOEXEC);
    if (file.fd() < 0) {
        if (errno == ENOENT || errno == ENOTDIR) return std::string();
        return unreadable(std::generic_category().message(errno));
    }
    std::string text;
    std::array<char, 64 * 1024> part;
    ssize_t size = 0;
    while ((size = ::read(file.fd(), part.data(), part.size())) > 0) {
        text.append(part.data(), static_cast<std::size_t>(size));
        if (text.size() > kBytesMax) return unreadable("above 32 MiB");
    }
    if (size < 0) return unreadable(std::generic_category().message(errno));
    return text;
}

Result<void> KeptFile::take_lock() {
    if (lock_ >= 0) return {};
    std::error_code failed;
    std::filesystem::create_directories(directory_, failed);
    if (failed) return not_kept(directory_, failed.value());
    const std::string path = path_ + ".lock";
    lock_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock_ < 0) return not_kept(path, errno);
    if (::flock(lock_, LOCK_EX | LOCK_NB) == 0) return {};
    const int error = errno;
    ::close(std::exchange(lock_, -1));
    if (error != EWOULDBLOCK) return not_kept(path, error);
    return fail(ErrorKind::closed, ErrorOrigin::self,
                "state directory in use: " + directory_ +
                    ": another muster writes there: give this one its own with --state-dir");
}

Result<void> KeptFile::write(std::string_view text) {
    if (auto locked = take_lock(); !locked) return locked;
    const std::string beside = path_ + ".new";
    {
        const Opened file(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC);
        if (file.fd() < 0) return not_kept(beside, errno);
        if (!write_all(file.fd(), text)) {
            const int error = errno;
            ::unlink(beside.c_str());
            return not_kept(beside, error);
        }
    }
    if (std::rename(beside.c_str(), path_.c_str()) != 0) return not_kept(path_, errno);
    // That the new name outlives a loss of power, too.
    const Opened directory(directory_, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory.fd() >= 0) (void)::fsync(directory.fd());
    return {};
}

}  // namespace muster
