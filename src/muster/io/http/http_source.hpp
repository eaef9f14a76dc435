// HttpSource: the load of engines that speak HTTP, each asked at a beat of its own.
//
// Place in the data path: the first step, beside io/nats. One thread of its own asks, receives,
// reads (engines/) and applies; it never waits for a worker while another one could be served.
// Every worker has a connection, at most one question under way, an interval, a patience and a
// deadline of its own. What goes wrong with one is told as its trouble (fleet/worker_trouble.hpp):
// docs/guide/discovery.md lists the kinds.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "muster/base/clock.hpp"
#include "muster/base/error.hpp"
#include "muster/base/strong_id.hpp"
#include "muster/collect/collector.hpp"
#include "muster/collect/source.hpp"
#include "muster/fleet/reject_reason.hpp"
#include "muster/io/dns/name_resolver.hpp"
#include "muster/io/http/scrape_target.hpp"
#include "muster/io/http/tls_files.hpp"

namespace muster {

class Log;

struct HttpSourceOptions {
    std::string id = "http-1";  ///< Unique within the collector.
    std::string kind = "http";  ///< "http", "file", "dns", "srv", "etcd", "rest".
    std::string target;         ///< For people: where its workers are named.
    /// Workers named in the configuration: never lost, however silent.
    bool pinned = false;
    /// Set by the user: no other interval then.
    std::optional<Duration> interval;
    Duration patience = std::chrono::milliseconds(300);  ///< The least.
    /// So long it is told, as its trouble, that a worker is another engine than before.
    Duration other_engine_told = std::chrono::minutes(15);
    TlsClientFiles tls;
    /// A file with the token that is sent with every question. Read again when a worker refuses.
    std::string token_file;
    std::string token;   ///< Where there is no file.
    Log* log = nullptr;  ///< Must outlive the source.
};

class ScrapeLoop;

class HttpSource final : public Source {
public:
    /// Adds itself to the collector, without workers yet. Fails (bad_input) where a file cannot be
    /// read. `collector`, `clock` and `names` must outlive it.
    [[nodiscard]] static Result<std::unique_ptr<HttpSource>> start(HttpSourceOptions options,
                                                                   Collector& collector,
                                                                   const Clock& clock,
                                                                   NameResolver& names);
    /// Stops.
    ~HttpSource() override;

    /// These are its workers from now on, each once; those that are not among them any more are
    /// lost at once, with `why_gone`. Others go on undisturbed; labels may change. Thread rule:
    /// any.
    void set_targets(std::vector<ScrapeTarget> targets, std::string why_gone);
    /// Lists one of the targets to come (set_targets) at once, so that who named it learns whether
    /// it will be watched. Fails where another source has it, or there are too many. Thread rule:
    /// any.
    [[nodiscard]] std::expected<void, RejectReason> announce(const ScrapeTarget& target);
    /// Who its workers are cannot be told: those known go on, and nobody is lost meanwhile. Ended
    /// by set_targets. Thread rule: any.
    void discovery_failed(std::string why);
    /// The user's interval and patience, from now on. Thread rule: any.
    void set_pace(std::optional<Duration> interval, Duration patience);

    /// Detaches from the collector, ends every connection and joins, within a second. Safe to call
    /// twice.
    void stop();

    [[nodiscard]] SourceId id() const noexcept;

    // Called by the collector, never with a question: the beat is ours.
    [[nodiscard]] bool ask(const Question& question) override;
    [[nodiscard]] bool echo(EchoId echo) override;

    /// For start() only.
    HttpSource();

private:
    std::unique_ptr<ScrapeLoop> loop_;
};

}  // namespace muster
