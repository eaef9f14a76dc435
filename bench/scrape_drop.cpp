// The reference for what reading pages over sockets takes at all: the same event loop, kept
// connections, the same question at the same beat, and each page dropped as it comes. It looks for
// nothing but the length in the head, to know where a page ends.
//
// usage: bench_scrape_drop --urls FILE --interval TIME --time TIME
// Says `ready` once it has read a page of every server, then measures for --time.
#include <atomic>
#include <charconv>
#include <memory>
#include <string_view>
#include <thread>

#include "muster/io/http/beast/asio.hpp"
#include "scrape_run.hpp"

namespace muster::bench {
namespace {

using namespace std::chrono_literals;

constexpr Duration kWarmUp = 1s;
constexpr std::size_t kReadBytes = std::size_t{64} * 1024;

struct Shared {
    asio::io_context context{1};
    std::string scratch = std::string(kReadBytes, '\0');
    std::chrono::nanoseconds interval{};
    std::atomic<std::uint64_t> pages{0};
};

/// One server; lives as long as the loop.
class Dropper {
public:
    Dropper(Shared& shared, const std::string& url, std::chrono::nanoseconds delay)
        : shared_(shared), socket_(shared.context), timer_(shared.context) {
        const auto colon = url.rfind(':');
        unsigned short port = 0;
        (void)std::from_chars(url.data() + colon + 1, url.data() + url.size(), port);
        socket_.connect({asio::ip::address_v4::loopback(), port});
        socket_.non_blocking(true);
        socket_.set_option(asio::ip::tcp::no_delay(true));
        request_ = "GET /metrics HTTP/1.1\r\nHost: " + url.substr(7) +
                   "\r\nUser-Agent: muster\r\nAccept: text/plain\r\n\r\n";
        timer_.expires_after(delay);
        wait();
    }

private:
    void wait() {
        timer_.async_wait([this](error_code code) {
            if (!code) ask();
        });
    }

    void ask() {
        socket_.write_some(asio::buffer(request_));
        missing_ = 0;
        headed_ = false;
        wait_for_bytes();
    }

    void wait_for_bytes() {
        socket_.async_wait(asio::ip::tcp::socket::wait_read, [this](error_code code) {
            if (!code) read();
        });
    }

    void read() {
        error_code code;
        const std::size_t bytes = socket_.read_some(asio::buffer(shared_.scratch), code);
        if (code == asio::error::would_block) return wait_for_bytes();
        if (code) give_up("a server ended a connection: " + code.message());
        if (!headed_) begin_page(std::string_view(shared_.scratch).substr(0, bytes));
        missing_ -= bytes;
        if (missing_ != 0) return wait_for_bytes();
        shared_.pages.fetch_add(1, std::memory_order_relaxed);
        timer_.expires_at(timer_.expiry() + shared_.interval);
        wait();
    }

    /// What is missing of it, with the head.
    void begin_page(std::string_view text) {
        constexpr std::string_view kLength = "content-length: ";
        const std::size_t end = text.find("\r\n\r\n");
        const std::size_t at = text.find(kLength);
        if (end == std::string_view::npos || at > end) give_up("a head without a length");
        (void)std::from_chars(text.data() + at + kLength.size(), text.data() + end, missing_);
        missing_ += end + 4;
        headed_ = true;
    }

    Shared& shared_;
    asio::ip::tcp::socket socket_;
    asio::steady_timer timer_;
    std::string request_;
    std::size_t missing_ = 0;
    bool headed_ = false;
};

int run(const Arguments& arguments) {
    allow_many_connections();
    const auto urls = urls_of(arguments);
    Shared shared;
    shared.interval = arguments.duration("interval");
    std::vector<std::unique_ptr<Dropper>> droppers;
    for (const std::string& url : urls) {
        const auto delay =
            shared.interval * static_cast<int>(droppers.size()) / static_cast<int>(urls.size());
        droppers.push_back(std::make_unique<Dropper>(shared, url, delay));
    }
    std::thread loop([&] { shared.context.run(); });
    pause_for(kWarmUp);
    measure_scrapes(arguments, [&] { return shared.pages.load(); });
    shared.context.stop();
    loop.join();
    return 0;
}

}  // namespace
}  // namespace muster::bench

int main(int argc, char** argv) {
    return muster::bench::run(muster::bench::Arguments(argc, argv));
}
