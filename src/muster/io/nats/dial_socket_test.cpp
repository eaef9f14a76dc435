// Which socket of the process is the one on which nats.c dials, among others to the same server.
#include "muster/io/nats/detail/dial_socket.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "muster/io/nats/detail/probe_sockets.hpp"
#include "muster/io/runtime/boot_clock.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

constexpr Duration kPatience = 1h;

class DialSocketTest : public ::testing::Test {
protected:
    DialSocketTest() {
        const auto at = reinterpret_cast<sockaddr*>(&address_);
        socklen_t size = sizeof address_;
        address_.sin_family = AF_INET;
        address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::bind(listener_, at, size) != 0 || ::listen(listener_, 16) != 0 ||
            ::getsockname(listener_, at, &size) != 0) {
            throw std::system_error(errno, std::generic_category(), "listen");
        }
        dial_.begin({ntohs(address_.sin_port)}, kPatience);
    }
    ~DialSocketTest() override { ::close(listener_); }

    static int a_socket() {
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0) throw std::system_error(errno, std::generic_category(), "socket");
        return fd;
    }
    int connected(int fd) const {
        EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&address_), sizeof address_), 0);
        return fd;
    }
    static bool is_cut(int fd) {
        pollfd watched{.fd = fd, .events = POLLIN, .revents = 0};
        return ::poll(&watched, 1, 0) == 1;
    }

    const int listener_ = a_socket();
    sockaddr_in address_{};
    DialSocket dial_;
    const Time now_ = BootClock{}.now();
    const Time later_ = now_ + 2 * kPatience;
};

TEST_F(DialSocketTest, IsFoundAndCutWhenItsPatienceIsOver) {
    EXPECT_TRUE(dial_.look(now_)) << "there is none yet";
    const int dialled = connected(a_socket());
    EXPECT_FALSE(dial_.look(now_));
    EXPECT_FALSE(is_cut(dialled));
    EXPECT_FALSE(dial_.look(later_));
    EXPECT_TRUE(is_cut(dialled));
    EXPECT_TRUE(dial_.was_cut());
    ::close(dialled);
}

TEST_F(DialSocketTest, AProbeOfTheSameServerIsNotTakenForIt) {
    const int probe = a_socket();
    ProbeSockets::of_process().add(probe);
    (void)connected(probe);
    EXPECT_TRUE(dial_.look(now_)) << "the only new socket is the probe's";
    const int dialled = connected(a_socket());
    EXPECT_FALSE(dial_.look(now_)) << "nor is it one of two that cannot be told apart";
    (void)dial_.look(later_);
    EXPECT_TRUE(is_cut(dialled));
    EXPECT_FALSE(is_cut(probe));
    ProbeSockets::of_process().close(probe);
    ::close(dialled);
}

TEST_F(DialSocketTest, AnotherThatWasTakenForItAndClosedIsForgotten) {
    const int another = connected(a_socket());
    EXPECT_FALSE(dial_.look(now_));
    ::close(another);
    EXPECT_TRUE(dial_.look(now_));
    const int dialled = connected(a_socket());
    EXPECT_FALSE(dial_.look(later_));
    EXPECT_TRUE(is_cut(dialled));
    EXPECT_TRUE(dial_.was_cut());
    ::close(dialled);
}

TEST_F(DialSocketTest, OfTwoThatCannotBeToldApartNoneIsCut) {
    const int one = connected(a_socket());
    const int two = connected(a_socket());
    EXPECT_TRUE(dial_.look(later_));
    EXPECT_FALSE(is_cut(one) || is_cut(two));
    EXPECT_FALSE(dial_.was_cut());
    ::close(one);
    EXPECT_FALSE(dial_.look(later_));
    EXPECT_TRUE(is_cut(two));
    ::close(two);
}

}  // namespace
}  // namespace muster
