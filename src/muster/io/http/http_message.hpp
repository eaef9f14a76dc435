// What an HTTP handler sees and says: plain values that name no network library.
//
// A request is whole when the handler gets it (its body is bounded by HttpServerOptions); a
// response's body is shared, so that one text may answer thousands of waiting clients.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace muster {

enum class HttpMethod : std::uint8_t { get, head, post, put, del, options, other };

struct HttpHeader {
    std::string name;
    std::string value;
};

/// REQUIRES of the server: `target` starts with '/' (an absolute URL is cut to its path).
struct HttpRequest {
    HttpMethod method = HttpMethod::get;
    std::string method_name;  ///< As sent, e.g. "PATCH".
    std::string target;       ///< Path and query, still percent-encoded.
    std::vector<HttpHeader> headers;
    std::string body;
    bool peer_is_loopback = false;

    /// The first header of that name, in any case; nothing if there is none.
    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const noexcept;
};

/// Texts that go out together. Shared: one text may be on its way to a thousand clients.
using HttpPieces = std::vector<std::shared_ptr<const std::string>>;

struct HttpResponse {
    unsigned status = 200;
    std::string content_type;  ///< Empty: no such header.
    std::vector<HttpHeader> headers;
    /// Null: no body (304), or an empty one.
    std::shared_ptr<const std::string> body;
    /// More of the body, behind it.
    HttpPieces more = {};
    /// The connection ends after this response.
    bool close = false;
};

/// "Not Found" for 404; "Unknown" for what has no name here.
[[nodiscard]] std::string_view reason_phrase(unsigned status) noexcept;

/// Whether two header names (or tokens) are the same but for the case of ASCII letters.
[[nodiscard]] bool same_token(std::string_view a, std::string_view b) noexcept;

/// A quality value ("0.5"), from 0 to 1; what is none is 0, for what cannot be read is not wanted.
[[nodiscard]] double read_quality(std::string_view text) noexcept;

/// Whether the comma-separated list `header` (such as Accept-Encoding) allows `token`: it is named,
/// or `*` is, and not with a quality of 0.
[[nodiscard]] bool accepts_token(std::string_view header, std::string_view token) noexcept;

}  // namespace muster
