// NameResolver: names to addresses, and services to hosts and ports, without blocking anybody.
//
// The system's own resolver blocks a thread for seconds while a name server is away, and cannot be
// stopped; this one asks over c-ares on one thread of its own, any number of names at once. It
// reads /etc/hosts and /etc/resolv.conf like the system's. Thread rule: any.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "muster/base/clock.hpp"
#include "muster/base/error.hpp"
#include "muster/base/time.hpp"

namespace muster {

struct NameResolverOptions {
    /// "ADDRESS[:PORT]", by commas; empty: those of /etc/resolv.conf.
    std::string servers;
    /// For one try of one server; there are two tries.
    Duration timeout = std::chrono::milliseconds(1500);
};

/// One line of an SRV answer.
struct ServiceHost {
    std::string host;
    std::uint16_t port = 0;
    friend auto operator<=>(const ServiceHost&, const ServiceHost&) = default;
};

enum class AddressFamily : std::uint8_t { any, v4, v6 };

class NameResolver {
public:
    /// bad_input if the servers are none; internal if the library cannot begin. `clock` must
    /// outlive it.
    [[nodiscard]] static Result<std::unique_ptr<NameResolver>> start(NameResolverOptions options,
                                                                     const Clock& clock);
    /// What is under way ends with `closed`, "stopped", before it returns.
    virtual ~NameResolver() = default;

    /// Fails with bad_input ("no host of that name": the name servers say so), timeout or closed
    /// (they do not answer, or refuse). Never succeeds with nothing.
    template <typename T>
    using Done = std::function<void(Result<std::vector<T>>)>;

    /// Addresses as text, in the order in which they are to be tried. `done` is called once, on the
    /// resolver's thread; it must not wait.
    virtual void addresses(const std::string& name, AddressFamily family,
                           Done<std::string> done) = 0;
    /// The hosts of an SRV name, sorted, each once.
    virtual void services(const std::string& name, Done<ServiceHost> done) = 0;
};

}  // namespace muster
