#include "muster/io/discovery/detail/etcd_range.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "muster/io/discovery/detail/file_sd.hpp"

namespace muster {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::size_t kShownKeyMax = 80;

/// The first key that is not below the prefix: its last byte, one higher.
std::string end_of(std::string prefix) {
    while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xff) prefix.pop_back();
    if (prefix.empty()) return std::string(1, '\0');  // All keys there are.
    prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
    return prefix;
}

/// As much of a stranger's key as fits into a line, printable.
std::string shown_key(const YAML::Node& entry) {
    auto key = base64_decode(entry["key"] ? entry["key"].Scalar() : std::string());
    if (!key || key->empty()) return "?";
    if (key->size() > kShownKeyMax) key->replace(kShownKeyMax, std::string::npos, "...");
    std::ranges::replace_if(*key, [](char c) { return c < ' ' || c > '~'; }, '?');
    return *key;
}

std::unexpected<Error> no_urls(const YAML::Node& entries) {
    return fail(ErrorKind::bad_input, ErrorOrigin::upstream,
                "no key there holds a URL such as http://HOST:8000 (" +
                    std::to_string(entries.size()) + " listed, the first: " +
                    shown_key(entries[0]) + "); Dynamo's workers are found by --nats");
}

}  // namespace

Result<EtcdPlace> parse_etcd_place(std::string_view url) {
    auto server = parse_http_url(url);
    if (!server) return std::unexpected(std::move(server.error()));
    if (server->prefix.empty()) {
        return fail(ErrorKind::bad_input, ErrorOrigin::client,
                    "it names no keys: give etcd:http://HOST:2379/PREFIX");
    }
    // As it was written: slashes at the end belong to the prefix.
    std::string prefix(url.substr(url.find('/', url.find("://") + 3)));
    server->prefix.clear();
    return EtcdPlace{std::move(*server), std::move(prefix)};
}

std::string range_question(const EtcdPlace& place) {
    return "{\"key\":\"" + base64_encode(place.prefix) + "\",\"range_end\":\"" +
           base64_encode(end_of(place.prefix)) + "\",\"limit\":" + std::to_string(kDiscoveredMax) +
           '}';
}

Result<std::vector<ScrapeTarget>> parse_etcd_range(std::string_view json) {
    std::vector<ScrapeTarget> targets;
    try {
        // JSON is YAML; its texts here are base64.
        const YAML::Node document = YAML::Load(std::string(json));
        if (!document.IsMap() || !document["header"]) {
            return fail(ErrorKind::bad_input, ErrorOrigin::upstream, "that is no answer of etcd");
        }
        const YAML::Node entries = document["kvs"];
        for (const YAML::Node& entry : entries) {
            if (!entry.IsMap() || !entry["value"]) continue;
            const auto url = base64_decode(entry["value"].Scalar());
            if (!url) continue;
            auto target = parse_scrape_target(*url);
            if (target) targets.push_back(std::move(*target));
        }
        if (entries && targets.empty() && entries.size() > 0) return no_urls(entries);
    } catch (const YAML::Exception&) {
        return fail(ErrorKind::bad_input, ErrorOrigin::upstream, "that is no JSON");
    }
    return targets;
}

std::string base64_encode(std::string_view bytes) {
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::string_view part = bytes.substr(i, 3);
        std::uint32_t word = 0;
        for (std::size_t k = 0; k < 3; ++k) {
            word = word << 8U | (k < part.size() ? static_cast<unsigned char>(part[k]) : 0U);
        }
        for (std::size_t k = 0; k < 4; ++k) {
            text += k <= part.size() ? kAlphabet[(word >> (18 - 6 * k)) & 63U] : '=';
        }
    }
    return text;
}

Result<std::string> base64_decode(std::string_view text) {
    while (text.ends_with('=')) text.remove_suffix(1);
    std::string bytes;
    std::uint32_t word = 0;
    unsigned bits = 0;
    for (const char c : text) {
        const std::size_t digit = kAlphabet.find(c);
        if (digit == std::string_view::npos) {
            return fail(ErrorKind::bad_input, ErrorOrigin::upstream, "not base64");
        }
        word = (word << 6U | static_cast<std::uint32_t>(digit)) & 0xffffffU;
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        bytes += static_cast<char>(word >> bits & 0xffU);
    }
    return bytes;
}

}  // namespace muster
