// Words for targets and failures. Pure; any thread.
#include "muster/io/http/scrape_target.hpp"

#include <array>
#include <utility>

namespace muster {
namespace {

constexpr std::array<std::string_view, 12> kFaultNames = {
    "refused",  "unreachable", "reset",     "half_page", "too_large", "gzip_bomb",
    "bad_gzip", "timeout",     "slow_drip", "tls",       "dns",       "not_http"};

struct FaultWords {
    std::string_view what;
    std::string_view advice;
};

FaultWords words_of(ScrapeFault fault, bool tls) {
    switch (fault) {
        case ScrapeFault::refused:
            return {"connection refused", "is an engine running there, and on this port?"};
        case ScrapeFault::unreachable:
            return {"not reachable", "is the machine up, and the port open to us?"};
        case ScrapeFault::reset:
            return {"connection cut", "look into the engine's log, or at the proxy between"};
        case ScrapeFault::half_page:
            return {"half a page", "look into the engine's log, or at the proxy between"};
        case ScrapeFault::too_large:
        case ScrapeFault::gzip_bomb:
            return {"page too large", "is that an engine? Correct the URL"};
        case ScrapeFault::bad_gzip:
            return {"broken gzip", "look at the proxy between; engines send their pages plain"};
        case ScrapeFault::timeout: return {"no answer", "does the engine hang? Ask its /health"};
        case ScrapeFault::slow_drip:
            return {"page never ends", "does the engine hang, or is that another service?"};
        case ScrapeFault::tls:
            return {"TLS failed",
                    "give the authority to trust with --worker-tls-ca, or write http:// if it "
                    "speaks no TLS"};
        case ScrapeFault::dns:
            return {"name not resolved", "correct the name, or ask the name servers"};
        case ScrapeFault::not_http: break;
    }
    return {"not HTTP",
            tls ? "correct the port" : "correct the port, or write https:// if it speaks TLS"};
}

}  // namespace

std::string_view name_of(ScrapeFault fault) noexcept {
    return kFaultNames[static_cast<std::size_t>(fault)];
}

std::string sentence_of(const ScrapeFailure& failure, const ScrapeTarget& target) {
    const FaultWords words = words_of(failure.fault, target.url.tls);
    std::string sentence(words.what);
    sentence.append(": ").append(target.url.to_text());
    if (!failure.detail.empty()) sentence.append(": ").append(failure.detail);
    return sentence.append(": ").append(words.advice);
}

Result<ScrapeTarget> parse_scrape_target(std::string_view text) {
    const bool has_scheme = text.find("://") != std::string_view::npos;
    auto url = parse_http_url(has_scheme ? std::string(text) : "http://" + std::string(text));
    if (!url) return std::unexpected(std::move(url.error()));
    // People paste the page's own address.
    constexpr std::string_view kPage = "/metrics";
    if (url->prefix.ends_with(kPage)) url->prefix.resize(url->prefix.size() - kPage.size());
    while (url->prefix.ends_with('/')) url->prefix.pop_back();
    ScrapeTarget target{.url = std::move(*url)};
    if (target.name().size() > kNameBytesMax) {
        return fail(ErrorKind::bad_input, ErrorOrigin::client, "it is longer than 256 bytes");
    }
    return target;
}

}  // namespace muster
