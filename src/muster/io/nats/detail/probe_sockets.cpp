#include "muster/io/nats/detail/probe_sockets.hpp"

#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

namespace muster {

ino_t inode_of_socket(int fd) {
    // Read off its name, "socket:[INODE]": other threads open and close descriptors meanwhile,
    // which a look at a name cannot disturb.
    constexpr std::string_view kBefore = "socket:[";
    std::error_code error;
    const std::string name =
        std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), error).string();
    ino_t inode = 0;
    if (error || !name.starts_with(kBefore)) return 0;
    std::from_chars(name.data() + kBefore.size(), name.data() + name.size(), inode);
    return inode;
}

ProbeSockets& ProbeSockets::of_process() {
    static ProbeSockets all;
    return all;
}

void ProbeSockets::add(int fd) {
    const std::lock_guard lock(mutex_);
    inodes_.insert(inode_of_socket(fd));
}

void ProbeSockets::close(int fd) {
    const std::lock_guard lock(mutex_);
    inodes_.erase(inode_of_socket(fd));
    ::close(fd);
}

}  // namespace muster
