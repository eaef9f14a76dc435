// What collecting from engines over HTTP needs, made from its flags (flags/http_flags.hpp) and
// checked.
//
// Pure but for the environment, which is read here, once.
#pragma once

#include <string>
#include <vector>

#include "flags/given_flags.hpp"
#include "muster/base/error.hpp"
#include "muster/io/discovery/discovery.hpp"
#include "muster/io/dns/name_resolver.hpp"
#include "muster/io/http/scrape_target.hpp"
#include "muster/io/http/tls_files.hpp"

namespace muster {

struct HttpOptions {
    std::vector<ScrapeTarget> workers;     ///< Named one by one.
    std::vector<DiscoveryPlace> discover;  ///< Where others are named.
    bool rest = false;                     ///< Others will be named over REST.
    std::string token_file;
    std::string token;  ///< Where there is no file.
    TlsClientFiles tls;
    NameResolverOptions names;

    [[nodiscard]] bool wanted() const noexcept {
        return !workers.empty() || !discover.empty() || rest;
    }
};

/// There is an engine to collect from: --worker or --discover.
[[nodiscard]] bool has_http_source(const GivenFlags& given);
/// The best place where one is named.
[[nodiscard]] FlagOrigin http_source_origin(const GivenFlags& given);
/// Fails (bad_input) with a whole sentence that names the flag.
[[nodiscard]] Result<HttpOptions> read_http_options(const GivenFlags& given);
/// For people: "http://a:8000", "4 workers", "file:/etc/workers.yml".
[[nodiscard]] std::string shown_workers(const HttpOptions& options);

}  // namespace muster
