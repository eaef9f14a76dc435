// FleetServer: the HTTP API over a published view (docs/guide/http.md).
//
// Place in the data path: the last reader. It reads views through one ViewReader per serving
// thread; the collector is asked only for what an operator does and wants to see once (cordons,
// records as received). A publication wakes waiting long polls; their text is
// written once for all that ask the same.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "muster/base/clock.hpp"
#include "muster/base/error.hpp"
#include "muster/base/time.hpp"
#include "muster/collect/collector.hpp"
#include "muster/fleet/view_cell.hpp"
#include "muster/io/http/http_server.hpp"
#include "muster/io/journal/journal_status.hpp"
#include "muster/io/runtime/wall_clock.hpp"
#include "muster/serve/access.hpp"

namespace muster {

struct FleetDocument;
class RestWorkers;

/// A journal that can be asked for the past.
struct ServedJournal {
    std::string directory;
    std::function<JournalStatus()> status;  ///< Called on a thread of the server's.
};

struct FleetServerOptions {
    /// Sizes and deadlines of the sockets' side; `wall` is set by FleetServer.
    HttpServerOptions http;
    /// Above it /healthz is 503 and no 304 is given.
    Duration collector_step_max = std::chrono::seconds(2);
    Duration poll_timeout = std::chrono::seconds(30);     ///< Of a long poll that names none.
    Duration poll_timeout_max = std::chrono::minutes(5);  ///< What a long poll may name.
    /// The least time between two wakings of the long polls of one thread: with publications every
    /// 200 us and one fast client, writing JSON would otherwise take a whole core.
    Duration poll_gap = std::chrono::milliseconds(2);
    /// How often event streams are told all ages, which is also their sign of life.
    Duration ages_gap = std::chrono::seconds(1);
    AccessRules access;
    /// The fleet as a table for people: what GET / gives to who does not ask for HTML. Null: they
    /// get the page too. Called by serving threads.
    std::function<std::string(const FleetDocument&)> text_table;
    /// Whose view is served: takes cordons, and shows records as received. Null: those paths answer
    /// 501. Must outlive the server.
    Collector* collector = nullptr;
    /// Who names workers over REST. Null: those paths answer 501. Must outlive the server.
    RestWorkers* rest = nullptr;
    /// Between two samples of a worker's history; zero: none are taken.
    Duration history_interval = std::chrono::seconds(1);
    std::optional<ServedJournal> journal;  ///< Absent: none is kept.
};

class FleetServer {
public:
    /// Binds and serves until stop(). `cell`, `clock` and `wall` must outlive the server. `epoch`
    /// is a random word of letters and digits, new at every process start.
    [[nodiscard]] static Result<std::unique_ptr<FleetServer>> start(ViewCell& cell,
                                                                    const Clock& clock,
                                                                    const WallClock& wall,
                                                                    std::string epoch,
                                                                    FleetServerOptions options);
    virtual ~FleetServer() = default;

    /// The bound address, "127.0.0.1:6878".
    [[nodiscard]] virtual const std::string& address() const noexcept = 0;
    /// Thread rule: any.
    [[nodiscard]] virtual HttpServer::Counters counters() const noexcept = 0;
    /// Answers what waits, ends every connection, joins; within 1 s. Safe to call twice; the
    /// destructor calls it.
    virtual void stop() = 0;
};

}  // namespace muster
