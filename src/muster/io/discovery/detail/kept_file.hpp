// KeptFile: a small file in the state directory that is always whole: written beside, synced, then
// renamed; a lock beside it says whose it is.
//
// Private to io/discovery. One thread at a time.
#pragma once

#include <string>
#include <string_view>

#include "muster/base/error.hpp"

namespace muster {

class KeptFile {
public:
    /// `directory`/`name`; nothing is touched yet.
    KeptFile(std::string directory, const std::string& name);
    ~KeptFile();
    KeptFile(const KeptFile&) = delete;
    KeptFile& operator=(const KeptFile&) = delete;

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    /// What is in it; empty if there is no such file. Fails (bad_input) with a whole sentence.
    [[nodiscard]] Result<std::string> read() const;
    /// Replaces it. Makes the directory, and takes the lock the first time. Fails (closed) with a
    /// whole sentence, and then the file is as it was.
    [[nodiscard]] Result<void> write(std::string_view text);

private:
    [[nodiscard]] Result<void> take_lock();

    std::string directory_;
    std::string path_;
    int lock_ = -1;
};

}  // namespace muster
