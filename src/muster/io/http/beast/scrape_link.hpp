// ScrapeLink: the connection to one worker, kept between questions, one question at a time.
//
// Private to io/http. Lives on its source's io_context: every member is touched by that thread
// only. A question ends by its answer, a failure, or its deadline; then `done` is called once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "muster/base/clock.hpp"
#include "muster/base/time.hpp"
#include "muster/io/dns/name_resolver.hpp"
#include "muster/io/http/beast/asio.hpp"
#include "muster/io/http/beast/http_loop_thread.hpp"
#include "muster/io/http/scrape_target.hpp"
#include "muster/io/http/tls/tls_context.hpp"
#include "muster/io/http/tls/tls_stream.hpp"

namespace muster {

/// What the links of one source share.
struct ScrapeShared {
    asio::io_context& context;
    std::shared_ptr<HttpLoopGate> gate;
    const Clock& clock;
    NameResolver& names;
    std::shared_ptr<const TlsContext> tls;  ///< For https targets.
    std::string token;                      ///< Sent as bearer; empty: none.
    std::string scratch;                    ///< Where sockets are read into.
    std::string spare_page = {};            ///< Room for the next page, still in the cache.
};

class ScrapeLink final : public std::enable_shared_from_this<ScrapeLink> {
public:
    using Done = std::function<void(ScrapeResult)>;

    ScrapeLink(ScrapeShared& shared, ScrapeTarget target);
    ~ScrapeLink();
    ScrapeLink(const ScrapeLink&) = delete;
    ScrapeLink& operator=(const ScrapeLink&) = delete;

    /// REQUIRES: nothing is under way. `path` and `accept` as an engine's reader names them.
    void get(std::string_view path, std::string_view accept, Duration limit, Done done);
    /// The next question comes after `pause`: a connection that the server would have ended by then
    /// is ended now. Engines drop idle connections after five seconds.
    void rest(Duration pause);
    /// Ends what is under way, without calling `done`.
    void drop();

private:
    struct Session;  // One TCP connection.
    enum class Phase : std::uint8_t { idle, resolving, connecting, shaking_hands, asking, reading };

    void begin();
    void resolve();
    void connect(std::size_t attempt);
    void note_round_trip(Duration connected);
    void shake_hands();
    void send();
    void receive();
    /// True if the act is to be tried again once the socket is ready, or has ended.
    bool put_off(const StreamStep& step, void (ScrapeLink::*then)());
    bool parse(std::size_t bytes);
    void on_failed_step();
    void on_end();
    void on_parse_error(const error_code& code);
    void on_deadline();
    void finish_page();
    void fail(ScrapeFault fault, std::string detail);
    void finish(ScrapeResult result);
    void close();
    [[nodiscard]] std::string request_text() const;
    [[nodiscard]] ScrapedPage page_so_far();

    ScrapeShared& shared_;
    ScrapeTarget target_;
    asio::steady_timer deadline_;
    std::shared_ptr<Session> session_;
    std::vector<std::string> addresses_;
    Time resolved_at_ = kNever;
    std::size_t first_address_ = 0;  // Where the last connection was made, or after a blind one.
    Duration round_trip_{};          // The least seen at a connection: the network's part.
    std::string path_;
    std::string accept_;
    Done done_;
    Duration limit_{};
    std::uint64_t serial_ = 0;  // Of the question: an older one's deadline is void.
    Phase phase_ = Phase::idle;
    Time asked_at_{};
    Time sent_at_ = kNever;  // All of the question.
    Time first_byte_at_ = kNever;
    bool reused_ = false;
};

}  // namespace muster
