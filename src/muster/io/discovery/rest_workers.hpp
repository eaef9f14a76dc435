// RestWorkers: discovery by REST: who POST /v1/workers names and DELETE takes away again, kept in a
// file over restarts.
//
// Place in the data path: beside it, like Discovery; serve/ gives it the orders. It owns a source
// of its own, `rest-1`, which begins with the first worker. An order takes effect whole or not at
// all: what cannot be kept is not done. Thread rule: any; one order at a time, and each may wait
// for a disk.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "muster/base/clock.hpp"
#include "muster/base/error.hpp"
#include "muster/collect/collector.hpp"
#include "muster/io/dns/name_resolver.hpp"
#include "muster/io/http/http_source.hpp"
#include "muster/wire/rest_worker.hpp"

namespace muster {

class KeptFile;

struct RestWorkersOptions {
    HttpSourceOptions source;  ///< How they are asked; id, kind and target are set here.
    NameResolverOptions names;
    std::string directory;  ///< Empty: they are kept for this run only.
    bool at_once = false;   ///< The source begins though nobody is named yet.
};

/// Why an order was not followed.
struct RestRefusal {
    enum class Kind : std::uint8_t {
        bad_url,          ///< Not an engine's URL.
        named_elsewhere,  ///< Another source has the worker.
        a_rank,           ///< Of a server that was named over REST: it goes as a whole.
        too_many,         ///< kRestWorkersMax, or the fleet's own bound.
        not_kept,         ///< The file cannot be written.
        unknown_worker,
    };
    Kind kind = Kind::unknown_worker;
    std::string what;  ///< A whole sentence.
};

class RestWorkers {
public:
    /// Those of an earlier run are asked from now on. Fails (bad_input) with a whole sentence where
    /// the file cannot be understood: it is never written over. `collector` and `clock` must
    /// outlive this.
    [[nodiscard]] static Result<std::unique_ptr<RestWorkers>> start(RestWorkersOptions options,
                                                                    Collector& collector,
                                                                    const Clock& clock);
    /// Stops.
    ~RestWorkers();
    RestWorkers(const RestWorkers&) = delete;
    RestWorkers& operator=(const RestWorkers&) = delete;

    struct Added {
        RestWorker worker;
        std::string id;
        bool is_new = false;
        bool kept = false;  ///< Over a restart.
    };
    /// It is asked from now on, and shown before this returns. Of one that was named already the
    /// labels are replaced, the rest stays.
    [[nodiscard]] std::expected<Added, RestRefusal> add(RestWorker order, WallTime now);
    /// It is lost at once, with `by` and `why` (either may be empty) as the reason.
    [[nodiscard]] std::expected<void, RestRefusal> remove(std::string_view worker_id,
                                                          std::string_view by,
                                                          std::string_view why);

    /// The user's interval and patience, from now on.
    void set_pace(std::optional<Duration> interval, Duration patience);
    /// Ends the source. No order may come any more.
    void stop();

private:
    struct Entry {
        RestWorker worker;
        ScrapeTarget target;
    };
    using Entries = std::map<std::string, Entry, std::less<>>;  // By worker id.

    RestWorkers(RestWorkersOptions options, Collector& collector, const Clock& clock);
    [[nodiscard]] Result<void> restore();
    [[nodiscard]] Result<void> begin();
    void tell(std::string why_gone);
    [[nodiscard]] std::expected<void, RestRefusal> keep(const Entries& entries);
    [[nodiscard]] std::expected<void, RestRefusal> put(const std::string& id, Entry entry);
    [[nodiscard]] std::optional<RestRefusal> refuse_new(const std::string& id,
                                                        const ScrapeTarget& target) const;
    [[nodiscard]] RestRefusal refuse_removal(std::string_view id) const;
    /// Until the view shows the server, or shows it no more; for a second at most.
    void wait_shown(const std::string& server, bool shown) const;

    RestWorkersOptions options_;
    Collector& collector_;
    const Clock& clock_;
    std::mutex mutex_;
    std::unique_ptr<KeptFile> file_;  // Null: they are not kept.
    Entries entries_;
    std::unique_ptr<NameResolver> names_;  // Null until the source begins.
    std::unique_ptr<HttpSource> source_;
};

}  // namespace muster
