// The link over a socket that does not block. Beast only parses.
//
// Handlers hold the link and the session they were made for: what ends late finds another session,
// and does nothing.
#include "muster/io/http/beast/scrape_link.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <charconv>
#include <optional>
#include <utility>

#include "muster/io/http/beast/http_transport.hpp"
#include "muster/io/http/beast/page_body.hpp"
#include "muster/io/http/gzip.hpp"

namespace muster {

namespace http = boost::beast::http;
using Kind = StreamStep::Kind;

namespace {

constexpr std::uint32_t kHeaderBytesMax = 64 * 1024;
// Addresses are asked for anew when a connection must be made and they are older.
constexpr Duration kAddressesKept = std::chrono::seconds(30);
// uvicorn and llama-server end a connection after five idle seconds; one of them says so.
constexpr Duration kIdleMax = std::chrono::seconds(4);
// Bytes read before others have their turn: an endless page must not stop them.
constexpr int kReadsInARow = 16;

/// "timeout=5, max=100": the number behind `name`.
std::optional<unsigned> keep_alive_number(std::string_view field, std::string_view name) {
    const std::size_t at = field.find(name);
    if (at == std::string_view::npos) return std::nullopt;
    unsigned number = 0;
    const char* const begin = field.data() + at + name.size();
    const auto [end, error] = std::from_chars(begin, field.data() + field.size(), number);
    if (error != std::errc{}) return std::nullopt;
    return number;
}

/// To a tenth: what is left of the deadline is always a little less than all of it.
std::string seconds_text(Duration duration) {
    const auto tenths =
        std::chrono::round<std::chrono::duration<std::int64_t, std::deci>>(duration).count();
    std::string text = std::to_string(tenths / 10);
    if (tenths % 10 != 0) text += '.' + std::to_string(tenths % 10);
    return text + " s";
}

}  // namespace

struct ScrapeLink::Session {
    Session(asio::io_context& context, std::shared_ptr<const TlsContext> tls_context)
        : transport(asio::ip::tcp::socket(context), nullptr), tls(std::move(tls_context)) {}

    HttpTransport transport;
    std::shared_ptr<const TlsContext> tls;  // Null for http.
    std::string request;
    std::size_t sent = 0;
    std::string input;  // Received and not parsed yet.
    std::optional<http::response_parser<PageBody>> parser;
    unsigned questions = 0;
    unsigned questions_max = 1'000'000;
    Duration idle_max = kIdleMax;
    Time used_at = kNever;
    bool open = false;
};

ScrapeLink::ScrapeLink(ScrapeShared& shared, ScrapeTarget target)
    : shared_(shared), target_(std::move(target)), deadline_(shared.context) {
    if (target_.server_name.empty()) target_.server_name = target_.url.host;
}

ScrapeLink::~ScrapeLink() = default;

void ScrapeLink::get(std::string_view path, std::string_view accept, Duration limit, Done done) {
    path_ = path;
    accept_ = accept;
    limit_ = limit;
    done_ = std::move(done);
    const std::uint64_t serial = ++serial_;
    deadline_.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(limit));
    deadline_.async_wait([self = shared_from_this(), serial](error_code code) {
        if (!code && self->serial_ == serial && self->done_) self->on_deadline();
    });
    begin();
}

void ScrapeLink::begin() {
    const Time now = shared_.clock.now();
    sent_at_ = first_byte_at_ = kNever;
    if (session_ && (!session_->open || session_->questions >= session_->questions_max ||
                     age_between(session_->used_at, now) >= session_->idle_max)) {
        close();
    }
    reused_ = session_ != nullptr;
    if (reused_) return send();
    if (addresses_.empty() || age_between(resolved_at_, now) >= kAddressesKept) return resolve();
    connect(0);
}

void ScrapeLink::resolve() {
    phase_ = Phase::resolving;
    error_code no_address;
    (void)asio::ip::make_address(target_.url.host, no_address);
    if (!no_address) {
        addresses_ = {target_.url.host};
        resolved_at_ = Time::max();
        return connect(0);
    }
    const std::uint64_t serial = serial_;
    shared_.names.addresses(
        target_.url.host, AddressFamily::any,
        [weak = weak_from_this(), gate = shared_.gate,
         serial](Result<std::vector<std::string>> found) {
            (void)gate->post([weak, serial, found = std::move(found)] {
                const auto self = weak.lock();
                if (!self || self->serial_ != serial || self->phase_ != Phase::resolving) return;
                if (found) {
                    self->addresses_ = *found;
                    self->resolved_at_ = self->shared_.clock.now();
                    self->first_address_ = 0;
                }
                // Name servers that are away take nobody's address from us.
                if (self->addresses_.empty())
                    return self->fail(ScrapeFault::dns, found.error().what);
                self->connect(0);
            });
        });
}

void ScrapeLink::connect(std::size_t attempt) {
    phase_ = Phase::connecting;
    close();
    session_ = std::make_shared<Session>(shared_.context, target_.url.tls ? shared_.tls : nullptr);
    const std::string& address = addresses_[(first_address_ + attempt) % addresses_.size()];
    error_code ignored;
    unsigned short port = 0;
    std::from_chars(target_.url.port.data(), target_.url.port.data() + target_.url.port.size(),
                    port);
    const asio::ip::tcp::endpoint endpoint(asio::ip::make_address(address, ignored), port);
    const Time begun = shared_.clock.now();
    session_->transport.socket().async_connect(
        endpoint, [self = shared_from_this(), session = session_, attempt, begun](error_code code) {
            if (self->session_ != session) return;
            if (code && attempt + 1 < self->addresses_.size()) return self->connect(attempt + 1);
            if (code == asio::error::connection_refused) {
                return self->fail(ScrapeFault::refused, {});
            }
            if (code) return self->fail(ScrapeFault::unreachable, code.message());
            self->note_round_trip(self->shared_.clock.now() - begun);
            self->first_address_ = (self->first_address_ + attempt) % self->addresses_.size();
            error_code trouble;
            (void)session->transport.socket().non_blocking(true, trouble);
            (void)session->transport.socket().set_option(asio::ip::tcp::no_delay(true), trouble);
            if (session->tls != nullptr) {
                session->transport.begin_tls(session->tls, self->target_.server_name);
            }
            self->phase_ = Phase::shaking_hands;
            self->shake_hands();
        });
}

/// The kernel's own measure is without the waking of our thread: with it nothing would be left of
/// what a quick answer costs.
void ScrapeLink::note_round_trip(Duration connected) {
    tcp_info info{};
    socklen_t size = sizeof info;
    const int socket = session_->transport.socket().native_handle();
    if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 && info.tcpi_rtt > 0) {
        connected = std::min<Duration>(connected, std::chrono::microseconds(info.tcpi_rtt));
    }
    if (round_trip_ == Duration{} || connected < round_trip_) round_trip_ = connected;
}

void ScrapeLink::shake_hands() {
    if (put_off(session_->transport.handshake(), &ScrapeLink::shake_hands)) return;
    session_->open = true;
    send();
}

void ScrapeLink::send() {
    Session& session = *session_;
    if (phase_ != Phase::asking) {
        phase_ = Phase::asking;
        session.request = request_text();
        session.sent = 0;
        // Before it is written: on a machine of two cores it may be answered meanwhile.
        asked_at_ = shared_.clock.now();
        session.parser.emplace();
        session.parser->eager(true);
        session.parser->body_limit(kPageBytesMax);
        session.parser->header_limit(kHeaderBytesMax);
        ++session.questions;
    }
    while (session.sent < session.request.size()) {
        const std::array<asio::const_buffer, 1> rest = {asio::buffer(session.request) +
                                                        session.sent};
        const auto step = session.transport.write_some(rest);
        if (put_off(step, &ScrapeLink::send)) return;
        session.sent += step.bytes;
    }
    sent_at_ = shared_.clock.now();
    phase_ = Phase::reading;
    // No server answers before it is asked: a look at the socket now would be in vain. What TLS
    // has taken from it already shows nowhere else.
    if (session.transport.encrypted()) return receive();
    (void)put_off({.kind = Kind::wait_read}, &ScrapeLink::receive);
}

void ScrapeLink::receive() {
    for (int reads = 0; reads < kReadsInARow; ++reads) {
        const auto step = session_->transport.read_some(shared_.scratch);
        if (put_off(step, &ScrapeLink::receive)) return;
        if (first_byte_at_ == kNever) {
            first_byte_at_ = shared_.clock.now();
            session_->parser->get().body().swap(shared_.spare_page);
        }
        if (parse(step.bytes)) return;
    }
    asio::post(shared_.context, [self = shared_from_this(), session = session_] {
        if (self->session_ == session && self->phase_ == Phase::reading) self->receive();
    });
}

/// True if the question has ended.
bool ScrapeLink::parse(std::size_t bytes) {
    Session& session = *session_;
    std::string_view text(shared_.scratch.data(), bytes);
    const bool had_rest = !session.input.empty();
    if (had_rest) {
        session.input.append(text);
        text = session.input;
    }
    error_code code;
    std::size_t used = 0;
    while (!code && !session.parser->is_done() && used < text.size()) {
        used += session.parser->put(asio::buffer(text.data() + used, text.size() - used), code);
    }
    const std::string rest(text.substr(used));
    session.input = rest;
    if (code && code != http::error::need_more) {
        on_parse_error(code);
        return true;
    }
    if (!session.parser->is_done()) return false;
    finish_page();
    return true;
}

bool ScrapeLink::put_off(const StreamStep& step, void (ScrapeLink::*then)()) {
    switch (step.kind) {
        case Kind::done: return false;
        case Kind::wait_read:
        case Kind::wait_write:
            session_->transport.socket().async_wait(
                step.kind == Kind::wait_read ? asio::ip::tcp::socket::wait_read
                                             : asio::ip::tcp::socket::wait_write,
                [self = shared_from_this(), session = session_, then](error_code code) {
                    if (self->session_ != session || code) return;
                    (self.get()->*then)();
                });
            return true;
        case Kind::ended: on_end(); return true;
        case Kind::failed: break;
    }
    on_failed_step();
    return true;
}

void ScrapeLink::on_failed_step() {
    // The server ended the idle connection as we wrote: that says nothing about this question.
    if (reused_ && first_byte_at_ == kNever) {
        close();
        return begin();
    }
    if (const TlsStream* const tls = session_->transport.tls()) {
        if (phase_ == Phase::shaking_hands) return fail(ScrapeFault::tls, tls->failure());
        if (tls->certificate_failed()) return fail(ScrapeFault::tls, tls->failure());
    }
    on_end();
}

/// Without a length, the end of the connection is the end of the page.
void ScrapeLink::on_end() {
    if (phase_ == Phase::shaking_hands) return fail(ScrapeFault::tls, "it ended the connection");
    if (first_byte_at_ == kNever) {
        if (reused_) {
            close();
            return begin();
        }
        return fail(ScrapeFault::reset, "it ended the connection without an answer");
    }
    auto& parser = *session_->parser;
    error_code code;
    if (parser.is_header_done()) parser.put_eof(code);
    if (parser.is_done()) return finish_page();
    if (!parser.is_header_done()) {
        return fail(ScrapeFault::half_page, "it ended the connection within the head");
    }
    ScrapedPage page = page_so_far();
    const std::size_t came = page.body.size();
    std::string detail = "it ended the connection after " + std::to_string(came);
    if (const auto length = parser.content_length()) detail += " of " + std::to_string(*length);
    detail += " bytes";
    page.complete = false;
    page.half = sentence_of({ScrapeFault::half_page, detail, true}, target_);
    close();
    finish(std::move(page));
}

void ScrapeLink::on_parse_error(const error_code& code) {
    if (code == http::error::body_limit || code == http::error::header_limit) {
        return fail(ScrapeFault::too_large,
                    "above " + std::to_string(kPageBytesMax >> 20) + " MiB");
    }
    fail(ScrapeFault::not_http, code.message());
}

void ScrapeLink::on_deadline() {
    const std::string within = " within " + seconds_text(limit_);
    switch (phase_) {
        case Phase::resolving: return fail(ScrapeFault::dns, "the name servers do not answer");
        case Phase::connecting:
            first_address_ +=
                1;  // This one says nothing: the next time another one's turn is first.
            return fail(ScrapeFault::unreachable, "no connection" + within);
        case Phase::shaking_hands: return fail(ScrapeFault::tls, "no handshake" + within);
        default: break;
    }
    if (first_byte_at_ == kNever) return fail(ScrapeFault::timeout, "not a byte" + within);
    fail(ScrapeFault::slow_drip, "not whole" + within);
}

ScrapedPage ScrapeLink::page_so_far() {
    auto& message = session_->parser->get();
    ScrapedPage page;
    page.status = message.result_int();
    page.content_type = std::string(message[http::field::content_type]);
    page.location = std::string(message[http::field::location]);
    page.process_start = std::string(message["Process-Start-Time-Unix"]);
    page.retry_later = message.find(http::field::retry_after) != message.end();
    page.body = std::move(message.body());
    page.cost = std::max(Duration{}, first_byte_at_ - asked_at_ - round_trip_);
    return page;
}

void ScrapeLink::finish_page() {
    Session& session = *session_;
    const auto& message = session.parser->get();
    const std::string keep_alive(message[http::field::keep_alive]);
    if (const auto seconds = keep_alive_number(keep_alive, "timeout=")) {
        const Duration told = std::chrono::seconds(*seconds) - std::chrono::seconds(1);
        session.idle_max = std::clamp(told, Duration{}, kIdleMax);
    }
    if (const auto most = keep_alive_number(keep_alive, "max=")) session.questions_max = *most;
    const bool zipped = boost::beast::iequals(message[http::field::content_encoding], "gzip");
    // What comes behind an answer that nobody asked for belongs to no question.
    const bool keeps = message.keep_alive() && session.input.empty();
    ScrapedPage page = page_so_far();
    session.used_at = shared_.clock.now();
    session.parser.reset();
    if (!keeps) close();
    if (!zipped) return finish(std::move(page));
    auto plain = gunzip(page.body, kPageBytesMax);
    if (plain) {
        page.body = std::move(*plain);
        return finish(std::move(page));
    }
    const bool bomb = plain.error().kind == ErrorKind::overloaded;
    fail(bomb ? ScrapeFault::gzip_bomb : ScrapeFault::bad_gzip, plain.error().what);
}

void ScrapeLink::fail(ScrapeFault fault, std::string detail) {
    const bool asked = sent_at_ != kNever;
    close();
    finish(std::unexpected(ScrapeFailure{fault, std::move(detail), asked}));
}

void ScrapeLink::finish(ScrapeResult result) {
    deadline_.cancel();
    phase_ = Phase::idle;
    const Done done = std::exchange(done_, nullptr);
    if (done) done(std::move(result));
}

void ScrapeLink::rest(Duration pause) {
    if (session_ && pause >= session_->idle_max) close();
}

void ScrapeLink::drop() {
    ++serial_;
    done_ = nullptr;
    deadline_.cancel();
    phase_ = Phase::idle;
    close();
}

void ScrapeLink::close() {
    if (!session_) return;
    if (session_->open) session_->transport.finish();
    error_code ignored;
    (void)session_->transport.socket().close(ignored);
    session_.reset();
}

std::string ScrapeLink::request_text() const {
    // The name it goes by, also where DNS gave its address: proxies route by it.
    const HttpUrl named{target_.server_name, target_.url.port, {}, target_.url.tls};
    std::string text = "GET " + target_.url.prefix + path_ +
                       " HTTP/1.1\r\nHost: " + named.authority() +
                       "\r\nUser-Agent: muster\r\nAccept: " + accept_ + "\r\n";
    if (!shared_.token.empty()) text += "Authorization: Bearer " + shared_.token + "\r\n";
    return text + "\r\n";
}

}  // namespace muster
