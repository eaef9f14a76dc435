// See secret_file.hpp.
#include "muster/io/runtime/secret_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace muster {
namespace {

std::unexpected<Error> refuse(const std::string& path, const std::string& why,
                              const std::string& what_to_do) {
    return fail(ErrorKind::bad_input, ErrorOrigin::client,
                "cannot read a secret: " + path + ": " + why + ": " + what_to_do);
}

std::string reason_of(int error) {
    return std::generic_category().message(error);
}

}  // namespace

Result<std::string> read_secret_file(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return refuse(path, reason_of(errno), "give a file that this user can read");
    struct stat facts{};
    if (::fstat(fd, &facts) == 0 && S_ISDIR(facts.st_mode)) {
        ::close(fd);
        return refuse(path, "it is a directory", "give the file in it");
    }
    std::string text(kSecretBytesMax + 1, '\0');
    std::size_t size = 0;
    int error = 0;
    while (size < text.size()) {
        const ssize_t got = ::read(fd, text.data() + size, text.size() - size);
        if (got > 0) size += static_cast<std::size_t>(got);
        if (got == 0) break;
        if (got < 0 && errno != EINTR) {
            error = errno;
            break;
        }
    }
    ::close(fd);
    if (error != 0) return refuse(path, reason_of(error), "give a file that this user can read");
    if (size > kSecretBytesMax) return refuse(path, "it is too large", "give the right file");
    text.resize(size);
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    if (text.empty()) return refuse(path, "it is empty", "put the secret into it");
    return text;
}

}  // namespace muster
