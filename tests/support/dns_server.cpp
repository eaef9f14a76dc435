// See dns_server.hpp.
#include "support/dns_server.hpp"

#include <atomic>
#include <csignal>
#include <filesystem>
#include <stdexcept>

#include "muster/io/dns/name_resolver.hpp"
#include "muster/io/runtime/boot_clock.hpp"
#include "support/free_port.hpp"
#include "support/wait_until.hpp"

namespace muster::testing {
namespace {

// It lies where a user's PATH does not look.
constexpr const char* kProgram = "/usr/sbin/dnsmasq";

bool answers(const std::string& address) {
    const BootClock clock;
    const auto resolver =
        NameResolver::start({.servers = address, .timeout = std::chrono::milliseconds(500)}, clock);
    if (!resolver) return false;
    std::atomic<int> answer{0};
    (*resolver)->addresses(
        "ready.lab", AddressFamily::v4,
        [&](const Result<std::vector<std::string>>& found) { answer = found ? 1 : -1; });
    (void)wait_until(std::chrono::seconds(3), [&] { return answer != 0; });
    return answer == 1;
}

}  // namespace

bool DnsServer::available() {
    return std::filesystem::exists(kProgram);
}

DnsServer::DnsServer(const std::string& hosts, const std::vector<std::string>& services) {
    for (int attempt = 0; attempt < 5; ++attempt) {
        port_ = free_port();
        dir_.write("hosts", "127.0.0.1 ready.lab\n" + hosts);
        std::vector<std::string> argv = {kProgram,
                                         "--keep-in-foreground",
                                         "--conf-file=/dev/null",
                                         "--no-resolv",
                                         "--no-hosts",
                                         "--local-ttl=0",
                                         "--local=/lab/",
                                         "--user=",
                                         "--listen-address=127.0.0.1",
                                         "--bind-interfaces",
                                         "--pid-file=" + dir_.file("pid"),
                                         "--addn-hosts=" + dir_.file("hosts"),
                                         "--port=" + std::to_string(port_)};
        for (const std::string& service : services) argv.push_back("--srv-host=" + service);
        child_.emplace(argv, dir_.file("log"));
        if (wait_until(std::chrono::seconds(5), [&] { return answers(address()); })) return;
    }
    throw std::runtime_error("dnsmasq did not start: " + dir_.file("log"));
}

std::string DnsServer::address() const {
    return "127.0.0.1:" + std::to_string(port_);
}

void DnsServer::set_hosts(const std::string& hosts) {
    dir_.write("hosts", "127.0.0.1 ready.lab\n" + hosts);
    child_->send(SIGHUP);
}

}  // namespace muster::testing
