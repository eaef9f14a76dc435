// `muster serve` on the command line.
#include <array>
#include <utility>

#include "flags/command.hpp"
#include "flags/server_flags.hpp"
#include "flags/source_flags.hpp"
#include "flags/usage_error.hpp"
#include "serve_command.hpp"

namespace muster {
namespace {

constexpr std::array kServingFlags = {
    Flag{"--listen", "ADDRESS", "Serve there [127.0.0.1:6878]"},
    Flag{"--auth-token-file", "FILE", "Asked of others; or MUSTER_AUTH_TOKEN", FlagKind::text,
         "auth_token_file"},
    Flag{"--tls-cert", "FILE", "Serve https with this (PEM)"},
    Flag{"--tls-key", "FILE", "Its key (PEM)"},
    Flag{"--tls-client-ca", "FILE", "Clients must be signed by it (PEM)"},
    Flag{"--cors-origin", "ORIGIN", "Its pages may read (repeatable) [none]", FlagKind::list},
    Flag{"--quiet", "", "Only errors on stderr", FlagKind::toggle, "quiet"},
};

constexpr std::array kGroups = {
    kSourceGroup,
    kRuleGroup,
    FlagGroup{"Serving", kServingFlags},
};

Result<std::unique_ptr<Command>> read(const GivenFlags& given) {
    if (!has_source(given)) {
        return wrong_usage("no source: muster serve: name one with --nats nats://HOST:PORT");
    }
    auto collect = read_collect_options(given);
    if (!collect) return std::unexpected(std::move(collect.error()));
    ServeOptions options;
    options.collect = std::move(*collect);
    options.listen = given.text("--listen", options.listen);
    auto token = read_auth_token(given);
    if (!token) return std::unexpected(std::move(token.error()));
    options.access = {.token = std::move(*token), .cors_origins = given.texts("--cors-origin")};
    for (const std::string& origin : options.access.cors_origins) {
        if (const auto checked = check_origin(origin); !checked) {
            return wrong_usage("not an origin: --cors-origin " + origin + ": " +
                               checked.error().what);
        }
    }
    options.tls = {.certificate = given.text("--tls-cert"),
                   .key = given.text("--tls-key"),
                   .client_ca = given.text("--tls-client-ca")};
    options.quiet = given.is_given("--quiet");
    return make_command(std::move(options), run_serve);
}

}  // namespace

CommandSpec serve_spec() {
    return {.name = "serve",
            .about = "Keep the view and serve it over HTTP",
            .examples =
                "  muster serve --nats nats://127.0.0.1:4222\n"
                "  muster serve --nats nats://broker:4222 --listen 0.0.0.0:6878",
            .groups = kGroups,
            .read = read,
            .ends_by_signal = true};
}

}  // namespace muster
