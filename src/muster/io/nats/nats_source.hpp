// NatsSource: the load of Dynamo workers, asked and listened to over one NATS connection.
//
// Place in the data path: the first step. Bytes are parsed and applied as they arrive, on a thread
// that does nothing else; questions leave on the collector's timer thread; another thread connects,
// reconnects and searches for services. docs/guide/nats.md tells what an account must allow.
//
// What the wire promises: every `$SRV` question carries a reply subject; that subject carries the
// component and the round, so that any answer, however late, is matched; nothing is queued for a
// broker that is away.
#pragma once

#include <memory>

#include "muster/base/clock.hpp"
#include "muster/base/error.hpp"
#include "muster/base/strong_id.hpp"
#include "muster/collect/collector.hpp"
#include "muster/collect/source.hpp"
#include "muster/io/nats/nats_options.hpp"

namespace muster {

class NatsLink;

class NatsSource final : public Source {
public:
    /// Adds itself and its components to the collector and begins to connect, in the background and
    /// for as long as it lives: it does not wait for the broker, which may come later. Fails only
    /// on wrong options (bad_input; files that cannot be read included).
    /// `collector` and `clock` must outlive it.
    [[nodiscard]] static Result<std::unique_ptr<NatsSource>> start(NatsSourceOptions options,
                                                                   Collector& collector,
                                                                   const Clock& clock);
    /// Stops.
    ~NatsSource() override;

    /// Detaches from the collector, disconnects and joins, within 1 s. After it returns nothing of
    /// this source calls the collector any more. Safe to call twice. Thread rule: not from a
    /// callback of the library.
    void stop();

    [[nodiscard]] SourceId id() const noexcept;

    // Called by the collector.
    [[nodiscard]] bool ask(const Question& question) override;
    [[nodiscard]] bool echo(EchoId echo) override;

    /// For start() only: one that was not started is not to be used.
    NatsSource();

private:
    std::unique_ptr<NatsLink> link_;
};

}  // namespace muster
