#include "muster/io/journal/detail/journal_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>
#include <system_error>
#include <utility>

namespace muster {
namespace {

// What a segment may weigh that is read as a whole: JournalOptions ends them long before.
constexpr std::uint64_t kSegmentReadMax = std::uint64_t{1} << 30;

std::string path_of(const std::string& directory, const SegmentFile& segment) {
    return directory + '/' + segment.name();
}

std::string_view suffix_of(JournalSeries series) {
    return series == JournalSeries::fine ? ".fine" : ".day";
}

std::optional<SegmentFile> segment_named(std::string_view name) {
    SegmentFile segment;
    const auto dot = name.find('.');
    if (dot == std::string_view::npos) return std::nullopt;
    const auto [end, error] = std::from_chars(name.data(), name.data() + dot, segment.number);
    if (error != std::errc{} || end != name.data() + dot) return std::nullopt;
    for (const JournalSeries series : {JournalSeries::fine, JournalSeries::day}) {
        segment.series = series;
        if (name.substr(dot) == suffix_of(series)) return segment;
    }
    return std::nullopt;
}

Result<std::string> read_all(const OpenFile& file, const std::string& path,
                             std::uint64_t bytes_max) {
    struct stat facts{};
    if (::fstat(file.fd(), &facts) != 0) return file_error("cannot read", path, errno);
    std::string bytes;
    // It may grow while it is read: what comes later is left to the next reader.
    const auto size =
        std::min({static_cast<std::uint64_t>(facts.st_size), bytes_max, kSegmentReadMax});
    bytes.resize(size);
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t got = ::read(file.fd(), bytes.data() + done, bytes.size() - done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return file_error("cannot read", path, errno);
        if (got == 0) break;
        done += static_cast<std::size_t>(got);
    }
    bytes.resize(done);
    return bytes;
}

Result<OpenFile> open_file(const std::string& path, int flags, const char* what) {
    const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
    if (fd < 0) return file_error(what, path, errno);
    return OpenFile(fd);
}

}  // namespace

OpenFile& OpenFile::operator=(OpenFile&& other) noexcept {
    close();
    fd_ = std::exchange(other.fd_, -1);
    return *this;
}

void OpenFile::close() noexcept {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}

std::string SegmentFile::name() const {
    std::string digits = std::to_string(number);
    if (digits.size() < 8) digits.insert(0, 8 - digits.size(), '0');
    return digits.append(suffix_of(series));
}

std::unexpected<Error> file_error(std::string_view what, const std::string& path, int error) {
    return fail(ErrorKind::closed, ErrorOrigin::self,
                std::string(what) + ": " + path + ": " + std::generic_category().message(error));
}

Result<std::vector<SegmentFile>> list_segments(const std::string& directory) {
    const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(directory.c_str()), ::closedir);
    if (open == nullptr) return file_error("cannot read the journal", directory, errno);
    std::vector<SegmentFile> segments;
    while (const dirent* entry = ::readdir(open.get())) {
        auto segment = segment_named(static_cast<const char*>(entry->d_name));
        if (!segment) continue;
        struct stat facts{};
        // One that was removed meanwhile is none.
        if (::stat(path_of(directory, *segment).c_str(), &facts) != 0) continue;
        segment->bytes = static_cast<std::uint64_t>(facts.st_size);
        segments.push_back(*segment);
    }
    std::ranges::sort(segments, {}, &SegmentFile::number);
    return segments;
}

Result<std::string> read_segment(const std::string& directory, const SegmentFile& segment,
                                 std::uint64_t bytes_max) {
    const std::string path = path_of(directory, segment);
    auto file = open_file(path, O_RDONLY, "cannot read");
    if (!file) return std::unexpected(std::move(file.error()));
    return read_all(*file, path, bytes_max);
}

Result<void> make_directory(const std::string& directory) {
    for (std::size_t slash = directory.find('/', 1);; slash = directory.find('/', slash + 1)) {
        const std::string part = directory.substr(0, slash);
        if (::mkdir(part.c_str(), 0777) != 0 && errno != EEXIST && slash == std::string::npos) {
            return file_error("cannot make the state directory", directory, errno);
        }
        if (slash == std::string::npos) return {};
    }
}

Result<OpenFile> lock_directory(const std::string& directory) {
    const std::string path = directory + "/lock";
    auto file = open_file(path, O_RDWR | O_CREAT, "cannot keep a journal");
    if (!file) return file;
    if (::flock(file->fd(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return file_error("cannot keep a journal", path, errno);
        const std::string owner = read_all(*file, path, 20).value_or("");
        return fail(ErrorKind::closed, ErrorOrigin::client,
                    "state directory in use: " + directory + ": by process " +
                        (owner.empty() ? "unknown" : owner) +
                        ": give this one its own with --state-dir");
    }
    // For the sentence above only: the lock is what counts.
    const std::string pid = std::to_string(::getpid());
    if (::ftruncate(file->fd(), 0) != 0) return file;
    [[maybe_unused]] const auto written = write_at(*file, path, pid, 0);
    return file;
}

Result<OpenFile> create_segment(const std::string& directory, const SegmentFile& segment) {
    return open_file(path_of(directory, segment), O_WRONLY | O_CREAT | O_EXCL,
                     "cannot write the journal");
}

Result<void> write_at(const OpenFile& file, const std::string& path, std::string_view bytes,
                      std::uint64_t offset) {
    while (!bytes.empty()) {
        const ssize_t put =
            ::pwrite(file.fd(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return file_error("cannot write the journal", path, errno);
        bytes.remove_prefix(static_cast<std::size_t>(put));
        offset += static_cast<std::uint64_t>(put);
    }
    return {};
}

Result<void> remove_segment(const std::string& directory, const SegmentFile& segment) {
    const std::string path = path_of(directory, segment);
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
        return file_error("cannot remove an old part of the journal", path, errno);
    }
    return {};
}

std::string boot_id() {
    const auto file = open_file("/proc/sys/kernel/random/boot_id", O_RDONLY, "");
    if (!file) return {};
    // The size of a file in /proc is told as 0.
    std::string text(64, '\0');
    const ssize_t got = ::read(file->fd(), text.data(), text.size());
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
}

}  // namespace muster
