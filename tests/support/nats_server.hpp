// A real nats-server on a free loopback port, started and ended by the test, by pid.
//
// Found in PATH or as /usr/sbin/nats-server; without it the test fails and says so: a broker is
// what these tests are about.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "support/child_process.hpp"

namespace muster::testing {

class NatsServer {
    struct Later {};

public:
    struct Options {
        /// Text of the configuration file, beside `listen`. May be empty.
        std::string config;
        /// Waits until it speaks (INFO). False: the caller has reasons of its own.
        bool wait_ready = true;
    };

    /// Starts on a free port.
    NatsServer() : NatsServer(Options{}) {}
    explicit NatsServer(Options options);
    ~NatsServer();

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] std::string url() const;  ///< nats://127.0.0.1:PORT
    [[nodiscard]] std::string url(const std::string& scheme, const std::string& host) const;
    [[nodiscard]] const TempDir& dir() const noexcept { return *dir_; }

    void kill();     ///< SIGKILL, as a crash.
    void restart();  ///< Starts again on the same port.
    void pause();    ///< SIGSTOP
    void resume();   ///< SIGCONT
    /// Replaces the configuration text and makes the server read it (SIGHUP).
    void reload(const std::string& config);
    [[nodiscard]] bool running() const noexcept { return process_ != nullptr; }
    /// What it printed.
    [[nodiscard]] std::string log() const;

    /// A server on a port of its own that is not running yet: restart() starts it.
    [[nodiscard]] static std::unique_ptr<NatsServer> not_started(Options options);

    /// Only not_started() can make this.
    NatsServer(Options options, Later);

private:
    void write_config(const std::string& config) const;
    bool start_once();

    Options options_;
    std::unique_ptr<TempDir> dir_;
    std::uint16_t port_ = 0;
    std::unique_ptr<ChildProcess> process_;
};

}  // namespace muster::testing
