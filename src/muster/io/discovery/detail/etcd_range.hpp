// The words of etcd's JSON gateway: a question for all keys below a prefix, and its answer. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "muster/base/error.hpp"
#include "muster/io/http/scrape_target.hpp"

namespace muster {

/// `http[s]://HOST:PORT/PREFIX`: the server, and the prefix of the keys.
struct EtcdPlace {
    HttpUrl server;
    std::string prefix;
};
[[nodiscard]] Result<EtcdPlace> parse_etcd_place(std::string_view url);

/// The body of POST /v3/kv/range.
[[nodiscard]] std::string range_question(const EtcdPlace& place);

/// The workers of its answer: each value is a URL. A value that is none is left out: one bad entry
/// of a stranger is no reason to see nobody. Where none is a URL the prefix is another's, such as
/// Dynamo's own: that fails, and names the first key. Fails (bad_input) in a few words.
[[nodiscard]] Result<std::vector<ScrapeTarget>> parse_etcd_range(std::string_view json);

/// RFC 4648, with padding.
[[nodiscard]] std::string base64_encode(std::string_view bytes);
[[nodiscard]] Result<std::string> base64_decode(std::string_view text);

}  // namespace muster
