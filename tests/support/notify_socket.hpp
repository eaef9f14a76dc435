// NotifySocket: the manager's side of sd_notify, a real datagram socket as systemd has one.
//
// One thread.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "support/child_process.hpp"

namespace muster::testing {

class NotifySocket {
public:
    NotifySocket() {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const std::string name = path();
        std::memcpy(address.sun_path, name.c_str(), name.size() + 1);
        const void* any = &address;
        EXPECT_EQ(::bind(fd_, static_cast<const sockaddr*>(any), sizeof address), 0);
    }
    ~NotifySocket() { ::close(fd_); }
    NotifySocket(const NotifySocket&) = delete;
    NotifySocket& operator=(const NotifySocket&) = delete;

    /// What NOTIFY_SOCKET has to say.
    [[nodiscard]] std::string path() const { return dir_.file("notify"); }

    /// The datagrams that arrived since the last call, oldest first.
    [[nodiscard]] std::vector<std::string> heard() const {
        std::vector<std::string> all;
        std::array<char, 4096> text{};
        for (;;) {
            const auto size = ::recv(fd_, text.data(), text.size(), MSG_DONTWAIT);
            if (size < 0) return all;
            all.emplace_back(text.data(), static_cast<std::size_t>(size));
        }
    }

private:
    TempDir dir_;
    int fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
};

}  // namespace muster::testing
