// See nats_source.hpp.
#include "muster/io/nats/nats_source.hpp"

#include <utility>

#include "muster/io/nats/detail/nats_library.hpp"
#include "muster/io/nats/detail/nats_link.hpp"

namespace muster {

NatsSource::NatsSource() = default;

Result<std::unique_ptr<NatsSource>> NatsSource::start(NatsSourceOptions options,
                                                      Collector& collector, const Clock& clock) {
    if (auto checked = check(options); !checked) return std::unexpected(checked.error());
    auto login = read_login(options.connect);
    if (!login) return std::unexpected(login.error());
    auto source = std::make_unique<NatsSource>();
    source->link_ = std::make_unique<NatsLink>(std::move(options), std::move(*login), collector,
                                               clock, *source);
    // Here, and not by whoever dials first: a stop gives up a dial after a moment, and the process
    // must not end while another thread sets up nats.c and OpenSSL.
    open_nats_library();
    source->link_->start();
    return source;
}

NatsSource::~NatsSource() {
    stop();
}

void NatsSource::stop() {
    if (link_ != nullptr) link_->stop();
}

SourceId NatsSource::id() const noexcept {
    return link_->id();
}

bool NatsSource::ask(const Question& question) {
    return link_->ask(question);
}

bool NatsSource::echo(EchoId echo) {
    return link_->echo(echo);
}

}  // namespace muster
