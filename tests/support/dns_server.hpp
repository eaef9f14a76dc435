// DnsServer: a real dnsmasq on loopback, that knows what a test tells it and nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "support/child_process.hpp"

namespace muster::testing {

class DnsServer {
public:
    /// True if dnsmasq is installed (Debian: dnsmasq-base).
    [[nodiscard]] static bool available();

    /// `hosts`: lines of a hosts file. `services`: "NAME,HOST,PORT", as SRV records.
    explicit DnsServer(const std::string& hosts, const std::vector<std::string>& services = {});

    /// "127.0.0.1:PORT"
    [[nodiscard]] std::string address() const;
    /// Other lines from now on.
    void set_hosts(const std::string& hosts);
    void stop() { child_.reset(); }

private:
    TempDir dir_;
    std::uint16_t port_ = 0;
    std::optional<ChildProcess> child_;
};

}  // namespace muster::testing
