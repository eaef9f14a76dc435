// Discovery: who the workers of an HttpSource are, as a file, a name server or a registry says,
// now and from now on.
//
// Place in the data path: beside it; it names workers and takes them away, and never says what they
// do. One thread of its own for each place. What it cannot read is an outage, in which nobody
// leaves; what takes half of the workers away is held until it is seen again ten seconds later
// (collect/withdrawal_hold.hpp).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "muster/base/clock.hpp"
#include "muster/base/error.hpp"
#include "muster/io/dns/name_resolver.hpp"
#include "muster/io/http/http_source.hpp"

namespace muster {

enum class DiscoveryKind : std::uint8_t { file, dns, srv, etcd };

/// Where workers are named.
struct DiscoveryPlace {
    DiscoveryKind kind = DiscoveryKind::file;
    std::string text;  ///< As it was given: "file:/etc/workers.yml".
    std::string what;  ///< The path, the name, the URL.
    std::string port;  ///< Of dns.
    bool tls = false;  ///< Of dns and srv: the workers are asked by https.
};

/// `file:PATH`, `dns:NAME:PORT`, `srv:NAME`, `etcd:URL`; NAME may have https:// before it. Fails
/// (bad_input) in words that say how it is written, without repeating the text.
[[nodiscard]] Result<DiscoveryPlace> parse_discovery_place(std::string_view text);
/// "file", "dns", "srv", "etcd": the source's kind.
[[nodiscard]] std::string_view name_of(DiscoveryKind kind) noexcept;

class Discovery {
public:
    /// Begins to look, at once and in the background. `source`, `clock` and `names` must outlive
    /// it.
    [[nodiscard]] static std::unique_ptr<Discovery> start(DiscoveryPlace place, HttpSource& source,
                                                          const Clock& clock, NameResolver& names);
    /// Stops and joins, within a second.
    virtual ~Discovery() = default;
};

}  // namespace muster
