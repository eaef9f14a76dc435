// See http_source.hpp.
#include "muster/io/http/http_source.hpp"

#include <utility>

#include "muster/io/http/beast/scrape_loop.hpp"

namespace muster {

HttpSource::HttpSource() = default;

Result<std::unique_ptr<HttpSource>> HttpSource::start(HttpSourceOptions options,
                                                      Collector& collector, const Clock& clock,
                                                      NameResolver& names) {
    auto source = std::make_unique<HttpSource>();
    auto loop = ScrapeLoop::make(std::move(options), collector, clock, names, *source);
    if (!loop) return std::unexpected(std::move(loop.error()));
    source->loop_ = std::move(*loop);
    source->loop_->start();
    return source;
}

HttpSource::~HttpSource() {
    stop();
}

void HttpSource::set_targets(std::vector<ScrapeTarget> targets, std::string why_gone) {
    loop_->set_targets(std::move(targets), std::move(why_gone));
}

std::expected<void, RejectReason> HttpSource::announce(const ScrapeTarget& target) {
    return loop_->announce(target);
}

void HttpSource::discovery_failed(std::string why) {
    loop_->discovery_failed(std::move(why));
}

void HttpSource::set_pace(std::optional<Duration> interval, Duration patience) {
    loop_->set_pace({.interval = interval, .patience = patience});
}

void HttpSource::stop() {
    if (loop_ != nullptr) loop_->stop();
}

SourceId HttpSource::id() const noexcept {
    return loop_->id();
}

bool HttpSource::ask(const Question& /*question*/) {
    return false;
}

bool HttpSource::echo(EchoId /*echo*/) {
    return false;
}

}  // namespace muster
