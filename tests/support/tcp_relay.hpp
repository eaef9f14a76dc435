// A TCP relay on loopback that can stop forwarding without closing anything: a half-open
// connection, as a dead router or firewall makes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace muster::testing {

class TcpRelay {
public:
    /// Forwards connections to its own port to `target` (both loopback).
    explicit TcpRelay(std::uint16_t target);
    ~TcpRelay();
    TcpRelay(const TcpRelay&) = delete;
    TcpRelay& operator=(const TcpRelay&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept;
    /// Connections that exist now forward nothing any more, and stay open. New ones work.
    void freeze();
    /// They go on with what was sent meanwhile, as after a stall of the network.
    void thaw();
    /// The same once they have forwarded so many bytes more to their client.
    void freeze_after(std::size_t bytes);
    [[nodiscard]] std::size_t connections() const;
    [[nodiscard]] std::size_t frozen() const;  ///< Of them.

private:
    struct Workings;
    std::unique_ptr<Workings> workings_;
};

}  // namespace muster::testing
