#include "muster/io/nats/detail/probe_sockets.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace muster {
namespace {

ino_t inode_of(int fd) {
    struct stat about{};
    return ::fstat(fd, &about) == 0 ? about.st_ino : 0;
}

}  // namespace

ProbeSockets& ProbeSockets::of_process() {
    static ProbeSockets all;
    return all;
}

void ProbeSockets::add(int fd) {
    const std::lock_guard lock(mutex_);
    inodes_.insert(inode_of(fd));
}

void ProbeSockets::close(int fd) {
    const std::lock_guard lock(mutex_);
    inodes_.erase(inode_of(fd));
    ::close(fd);
}

}  // namespace muster
