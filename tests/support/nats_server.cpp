// See nats_server.hpp.
#include "support/nats_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

#include "support/file_text.hpp"
#include "support/free_port.hpp"
#include "support/wait_until.hpp"

namespace muster::testing {
namespace {

using namespace std::chrono_literals;

std::string nats_server_binary() {
    const char* path = std::getenv("PATH");
    std::string folders = (path == nullptr ? "" : std::string(path)) + ":/usr/sbin:/usr/local/bin";
    for (std::size_t at = 0; at < folders.size();) {
        const std::size_t end = std::min(folders.find(':', at), folders.size());
        const std::string candidate = folders.substr(at, end - at) + "/nats-server";
        if (::access(candidate.c_str(), X_OK) == 0) return candidate;
        at = end + 1;
    }
    throw std::runtime_error("nats-server is not installed: apt-get install nats-server");
}

/// Whether the server sends its INFO line, with which every NATS connection begins.
bool speaks(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    timeval patience{.tv_sec = 1, .tv_usec = 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    char first = 0;
    const bool ok = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                    ::recv(fd, &first, 1, 0) == 1 && first == 'I';
    ::close(fd);
    return ok;
}

}  // namespace

NatsServer::NatsServer(Options options) : NatsServer(std::move(options), Later{}) {
    restart();
}

NatsServer::NatsServer(Options options, Later)
    : options_(std::move(options)), dir_(std::make_unique<TempDir>()), port_(free_port()) {}

NatsServer::~NatsServer() = default;

std::unique_ptr<NatsServer> NatsServer::not_started(Options options) {
    return std::make_unique<NatsServer>(std::move(options), Later{});
}

std::string NatsServer::url() const {
    return url("nats", "127.0.0.1");
}

std::string NatsServer::url(const std::string& scheme, const std::string& host) const {
    return scheme + "://" + host + ":" + std::to_string(port_);
}

void NatsServer::kill() {
    process_.reset();
}

void NatsServer::restart() {
    process_.reset();
    const bool port_is_known = dir_ != nullptr && !log().empty();
    for (int attempt = 0; attempt < 5; ++attempt) {
        if (start_once()) return;
        process_.reset();
        // Somebody took the port in between. Once the server ran, its clients know the port.
        if (!port_is_known) port_ = free_port();
    }
    throw std::runtime_error("nats-server does not start:\n" + log());
}

bool NatsServer::start_once() {
    write_config(options_.config);
    process_ = std::make_unique<ChildProcess>(
        std::vector<std::string>{nats_server_binary(), "-c", dir_->file("nats.conf")},
        dir_->file("nats.log"));
    if (!options_.wait_ready) return true;
    const bool ready = wait_until(kLongEnough, [this] {
        return speaks(port_) || process_->wait(Duration::zero()).has_value();
    });
    return ready && !process_->wait(Duration::zero());
}

void NatsServer::pause() {
    process_->send(SIGSTOP);
}
void NatsServer::resume() {
    if (process_) process_->send(SIGCONT);
}

void NatsServer::reload(const std::string& config) {
    options_.config = config;
    write_config(config);
    process_->send(SIGHUP);
}

void NatsServer::write_config(const std::string& config) const {
    (void)dir_->write("nats.conf",
                      "listen: \"127.0.0.1:" + std::to_string(port_) + "\"\n" + config + "\n");
}

std::string NatsServer::log() const {
    return text_of(dir_->file("nats.log"));
}

}  // namespace muster::testing
