// The files of a journal: segments by number, one lock, and the boot they were written in.
//
// Private to io/journal. Nothing here throws; errors are whole sentences that name the file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "muster/base/error.hpp"
#include "muster/collect/journal_record.hpp"

namespace muster {

/// Owns a descriptor.
class OpenFile {
public:
    OpenFile() = default;
    explicit OpenFile(int fd) noexcept : fd_(fd) {}
    ~OpenFile() { close(); }
    OpenFile(OpenFile&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
    OpenFile& operator=(OpenFile&& other) noexcept;

    [[nodiscard]] bool is_open() const noexcept { return fd_ >= 0; }
    [[nodiscard]] int fd() const noexcept { return fd_; }
    void close() noexcept;

private:
    int fd_ = -1;
};

struct SegmentFile {
    std::uint64_t number = 0;  ///< Rises with every segment of either series.
    JournalSeries series = JournalSeries::fine;
    std::uint64_t bytes = 0;

    /// "00000042.fine"
    [[nodiscard]] std::string name() const;
};

/// "what: where: why": ends with the system's words for `error`.
[[nodiscard]] std::unexpected<Error> file_error(std::string_view what, const std::string& path,
                                                int error);

/// The segments of a directory, by number. Other files are not looked at.
[[nodiscard]] Result<std::vector<SegmentFile>> list_segments(const std::string& directory);

/// The whole file, or its first `bytes_max` bytes.
[[nodiscard]] Result<std::string> read_segment(const std::string& directory,
                                               const SegmentFile& segment,
                                               std::uint64_t bytes_max = UINT64_MAX);

/// Makes the directory (and those above) if it is not there.
[[nodiscard]] Result<void> make_directory(const std::string& directory);

/// Takes the directory for this process, as long as the file is open. Fails (closed) if another has
/// it, and says which.
[[nodiscard]] Result<OpenFile> lock_directory(const std::string& directory);

/// A file that is not there yet.
[[nodiscard]] Result<OpenFile> create_segment(const std::string& directory,
                                              const SegmentFile& segment);
/// All of it, from there on.
[[nodiscard]] Result<void> write_at(const OpenFile& file, const std::string& path,
                                    std::string_view bytes, std::uint64_t offset);
[[nodiscard]] Result<void> remove_segment(const std::string& directory, const SegmentFile& segment);

/// Names the boot of this machine; empty if the system does not tell.
[[nodiscard]] std::string boot_id();

}  // namespace muster
