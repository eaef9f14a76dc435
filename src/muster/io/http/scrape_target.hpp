// Who is scraped, and what one GET gave. Plain values.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "muster/base/error.hpp"
#include "muster/base/limits.hpp"
#include "muster/base/time.hpp"
#include "muster/fleet/labels.hpp"
#include "muster/io/http/http_client.hpp"

namespace muster {

/// A page above this is no engine's: the largest genuine ones have 90 kB. Also what gzip unpacks.
inline constexpr std::size_t kPageBytesMax = std::size_t{8} << 20;
/// However long an answer takes, it may be load; beyond this it is not waited for.
inline constexpr Duration kScrapeDeadline = std::chrono::seconds(5);

/// One server, as discovery names it.
struct ScrapeTarget {
    HttpUrl url;
    /// The name that its certificate must bear; empty: the URL's host. (DNS found its address.)
    std::string server_name = {};
    Labels labels = {};

    /// "HOST:PORT[/PREFIX]": its name within the component `http`.
    [[nodiscard]] std::string name() const { return url.authority() + url.prefix; }
    /// "http/HOST:PORT[/PREFIX]"
    [[nodiscard]] std::string worker_id() const { return "http/" + name(); }
};

/// `http[s]://HOST[:PORT][/PREFIX]`, also without a scheme: then http. Fails (bad_input) in a few
/// words that do not repeat the text.
[[nodiscard]] Result<ScrapeTarget> parse_scrape_target(std::string_view text);

struct ScrapedPage {
    unsigned status = 0;
    std::string content_type;
    std::string location;       ///< Of a redirect.
    std::string process_start;  ///< Process-Start-Time-Unix.
    bool retry_later = false;   ///< Retry-After is there.
    std::string body;           ///< Without transfer and content encoding.
    bool complete = true;       ///< False: half a page; `body` is what came of it.
    std::string half = {};      ///< The sentence about that.
    Duration cost{};            ///< From question to first byte, without the network's part.
};

/// How a GET fails for reasons that lie below HTTP.
enum class ScrapeFault : std::uint8_t {
    refused,      ///< Nobody listens there.
    unreachable,  ///< No connection: no route, or nobody answers.
    reset,        ///< The connection was ended without an answer.
    half_page,    ///< ... in the middle of one.
    too_large,    ///< Above kPageBytesMax.
    gzip_bomb,    ///< The same, once unpacked.
    bad_gzip,     ///< Does not unpack.
    timeout,      ///< Connected, and no answer.
    slow_drip,    ///< An answer that does not end in time.
    tls,          ///< A certificate that is not trusted, or no TLS there.
    dns,          ///< The name has no address, or the name servers are away.
    not_http,     ///< Something else listens there.
};
[[nodiscard]] std::string_view name_of(ScrapeFault fault) noexcept;

struct ScrapeFailure {
    ScrapeFault fault = ScrapeFault::reset;
    /// What was seen, in a few words.
    std::string detail;
    /// Whether a whole question reached the server: else it says nothing about the server's life.
    bool asked = false;
};
/// "what: where: what to do", one line.
[[nodiscard]] std::string sentence_of(const ScrapeFailure& failure, const ScrapeTarget& target);

using ScrapeResult = std::expected<ScrapedPage, ScrapeFailure>;

}  // namespace muster
