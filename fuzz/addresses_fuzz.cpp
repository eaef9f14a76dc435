// Addresses as people write them: of engines, of where to listen, of where workers are named. What
// is understood has one spelling, which means the same; nothing else is in it.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include "muster/base/limits.hpp"
#include "muster/io/discovery/detail/etcd_range.hpp"
#include "muster/io/discovery/discovery.hpp"
#include "muster/io/http/http_client.hpp"
#include "muster/io/http/listen_address.hpp"
#include "muster/io/http/scrape_target.hpp"
#include "muster/serve/access.hpp"
#include "require.hpp"

namespace {

using muster::fuzzing::require;
using muster::fuzzing::require_sentence;
using muster::fuzzing::require_words;

bool is_visible(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

/// A number from 1 to 65535 in its only spelling: else one server would have two names.
bool is_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc{} && end == text.data() + text.size() && port != 0 &&
           std::to_string(port) == text;
}

void check_url(const muster::HttpUrl& url) {
    require(!url.host.empty() && is_port(url.port) && is_visible(url.to_text()));
    require(url.prefix.empty() || (url.prefix.starts_with('/') && !url.prefix.ends_with('/')));
    const auto again = muster::parse_http_url(url.to_text());
    require(again && again->host == url.host && again->port == url.port);
    require(again->prefix == url.prefix && again->tls == url.tls);
}

void check_scrape_target(std::string_view text) {
    const auto target = muster::parse_scrape_target(text);
    if (!target) return require_words(target.error(), {});
    check_url(target->url);
    require(target->name().size() <= muster::kNameBytesMax && target->labels.empty());
    // Whoever pastes the address of the page means the same engine.
    const auto pasted = muster::parse_scrape_target(target->url.to_text() + "/metrics");
    require(pasted && pasted->worker_id() == target->worker_id());
}

void check_listen_address(std::string_view text) {
    const auto address = muster::parse_listen_address(text);
    if (!address) return require_sentence(address.error(), text);
    require(address->host.find_first_not_of("0123456789abcdefABCDEF.:") == std::string::npos);
    const auto again = muster::parse_listen_address(muster::print_listen_address(*address));
    require(again && again->host == address->host && again->port == address->port);
}

void check_etcd_place(std::string_view text) {
    const auto place = muster::parse_etcd_place(text);
    if (!place) return require_words(place.error(), {});
    check_url(place->server);
    require(place->server.prefix.empty() && place->prefix.starts_with('/'));
    // Its keys begin with what was written, to the last slash.
    require(text.ends_with(place->prefix));
    const auto again = muster::parse_etcd_place(place->server.to_text() + place->prefix);
    require(again && again->prefix == place->prefix);
    require(again->server.to_text() == place->server.to_text());
    require(muster::range_question(*place).contains(muster::base64_encode(place->prefix)));
}

void check_discovery_place(std::string_view text) {
    using muster::DiscoveryKind;
    const auto place = muster::parse_discovery_place(text);
    if (!place) return require_words(place.error(), {});
    require(place->text == text && !place->what.empty());
    const std::string kind = std::string(muster::name_of(place->kind)) + ':';
    require(text.starts_with(kind));
    if (place->kind == DiscoveryKind::file || place->kind == DiscoveryKind::etcd) {
        return require(kind + place->what == text && place->port.empty());
    }
    require(is_visible(place->what));
    std::string printed = kind + (place->tls ? "https://" : "");
    if (place->kind == DiscoveryKind::srv) {
        printed += place->what;
    } else {
        require(is_port(place->port) && text.contains(':' + place->port));
        printed += muster::HttpUrl{place->what, place->port, "", false}.authority();
    }
    const auto again = muster::parse_discovery_place(printed);
    require(again && again->what == place->what && again->port == place->port);
    require(again->tls == place->tls);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // Of exactly its size, so that a sanitizer sees a byte read too many.
    const std::string text(reinterpret_cast<const char*>(data), size);
    if (const auto url = muster::parse_http_url(text))
        check_url(*url);
    else
        require_words(url.error(), {});
    check_scrape_target(text);
    check_listen_address(text);
    check_etcd_place(text);
    check_discovery_place(text);
    for (const auto& checked : {muster::check_origin(text), muster::check_token(text)}) {
        if (checked)
            require(!text.empty() && is_visible(text));
        else
            require_words(checked.error(), {});
    }
    return 0;
}
