// From text to options: each value that is wrong is named, with what it should look like.
#include "http_options.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "flags/http_flags.hpp"
#include "flags/usage_error.hpp"

namespace muster {
namespace {

// The one place that is no address: POST /v1/workers.
constexpr std::string_view kRest = "rest";
constexpr const char* kTokenVariable = "MUSTER_WORKER_TOKEN";

Result<void> read_workers(const GivenFlags& given, std::vector<ScrapeTarget>& workers) {
    for (const std::string& text : given.texts("--worker")) {
        auto target = parse_scrape_target(text);
        if (!target) {
            return wrong_usage("not an engine's URL: " + given.where("--worker") + ' ' + text +
                               ": " + target.error().what +
                               ": give http://HOST:PORT or https://HOST:PORT");
        }
        const auto same = [&](const ScrapeTarget& other) { return other.name() == target->name(); };
        if (std::ranges::any_of(workers, same)) {
            return wrong_usage("named twice: " + given.where("--worker") + ' ' + text +
                               ": name each engine once");
        }
        workers.push_back(std::move(*target));
    }
    return {};
}

Result<void> read_discover(const GivenFlags& given, HttpOptions& options) {
    for (const std::string& text : given.texts("--discover")) {
        if (text == kRest) {
            options.rest = true;
            continue;
        }
        auto place = parse_discovery_place(text);
        if (!place) {
            return wrong_usage("not a place: " + given.where("--discover") + ' ' + text + ": " +
                               place.error().what);
        }
        options.discover.push_back(std::move(*place));
    }
    return {};
}

}  // namespace

bool has_http_source(const GivenFlags& given) {
    return given.is_given("--worker") || given.is_given("--discover");
}

FlagOrigin http_source_origin(const GivenFlags& given) {
    return std::max(given.origin("--worker"), given.origin("--discover"));
}

Result<HttpOptions> read_http_options(const GivenFlags& given) {
    HttpOptions options;
    if (auto read = read_workers(given, options.workers); !read) {
        return std::unexpected(std::move(read.error()));
    }
    if (auto read = read_discover(given, options); !read) {
        return std::unexpected(std::move(read.error()));
    }
    options.token_file = given.text("--worker-token-file");
    if (const char* const value = std::getenv(kTokenVariable);
        value != nullptr && options.token_file.empty()) {
        options.token = value;
    }
    options.tls = {.ca = given.text("--worker-tls-ca"),
                   .certificate = given.text("--worker-tls-cert"),
                   .key = given.text("--worker-tls-key")};
    if (options.tls.certificate.empty() != options.tls.key.empty()) {
        return wrong_usage(std::string("half of a certificate: ") +
                           (options.tls.key.empty() ? "--worker-tls-key" : "--worker-tls-cert") +
                           ": give --worker-tls-cert and --worker-tls-key together");
    }
    options.names.servers = given.text("--dns-servers");
    return options;
}

std::string shown_workers(const HttpOptions& options) {
    std::string shown;
    if (options.workers.size() == 1) {
        shown = options.workers.front().url.to_text();
    } else if (!options.workers.empty()) {
        shown = std::to_string(options.workers.size()) + " workers";
    }
    for (const DiscoveryPlace& place : options.discover) {
        shown += (shown.empty() ? "" : " and ") + place.text;
    }
    if (options.rest) shown += std::string(shown.empty() ? "" : " and ") + "POST /v1/workers";
    return shown;
}

}  // namespace muster
