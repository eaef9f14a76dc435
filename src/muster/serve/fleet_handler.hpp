// FleetHandler: the paths of the API and what each answers, for one serving thread.
//
// Place in the data path: request -> view -> text. Has its own ViewReader and waiting requests;
// shares with the handlers of other threads only what FleetHandlerShared holds. Everything runs on
// its loop's thread.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "muster/base/clock.hpp"
#include "muster/fleet/view_cell.hpp"
#include "muster/io/http/http_server.hpp"
#include "muster/io/http/url.hpp"
#include "muster/io/runtime/process_meter.hpp"
#include "muster/io/runtime/wall_clock.hpp"
#include "muster/serve/access.hpp"
#include "muster/serve/event_streams.hpp"
#include "muster/serve/fleet_query.hpp"
#include "muster/serve/fleet_server.hpp"
#include "muster/serve/journal_desk.hpp"
#include "muster/serve/load_history.hpp"
#include "muster/serve/long_polls.hpp"
#include "muster/wire/fleet_json.hpp"
#include "muster/wire/row_texts.hpp"

namespace muster {

/// Outlives all handlers of a server.
struct FleetHandlerShared {
    ViewCell& cell;
    const Clock& clock;
    const WallClock& wall;
    std::string epoch;
    FleetServerOptions options;
    /// Once every source was asked we stay ready: a sick broker is no reason to hide the view.
    std::atomic<bool> was_ready{false};
    ProcessMeter process{};
    Access access{options.access};
    LoadHistory history{kHistorySamplesMax, kHistoryBytesMax};
    std::atomic<bool> has_sampler{false};  ///< One loop's handler fills the history.
    /// Who asks the journal waits for files, on the desk's thread.
    JournalDesk desk{"muster-past"};
    /// Whose order waits for the disk that keeps it.
    JournalDesk orders{"muster-orders"};
};

class FleetHandler final : public HttpHandler {
public:
    FleetHandler(HttpLoop& loop, FleetHandlerShared& shared);

    void handle(HttpRequest request, HttpReply reply) override;
    void stopping() override;

    /// Every path with its methods, as the document of the API writes them:
    /// {"/v1/workers/{id}", {"GET"}}.
    [[nodiscard]] static std::vector<std::pair<std::string, std::vector<std::string>>> described();

private:
    /// One request on its way through.
    struct Call {
        HttpRequest request;
        Target target;
        HttpReply reply;
    };
    /// `rest` is what of the path is behind the route's own, still encoded.
    using Answer = void (FleetHandler::*)(Call call, std::string_view rest);
    struct Route {
        std::string_view path;
        bool has_rest = false;         ///< `path` is a prefix.
        Answer get = nullptr;          ///< And HEAD.
        std::string_view suffix = {};  ///< What ends a path with a rest.
        Answer put = nullptr;
        Answer del = nullptr;
        Answer post = nullptr;
        /// Needs no token: it tells nothing of the fleet.
        bool open = false;

        /// Nothing if the path is another; else its rest.
        [[nodiscard]] std::optional<std::string_view> match(std::string_view path) const noexcept;
        [[nodiscard]] Answer answer_to(HttpMethod method) const noexcept;
        [[nodiscard]] std::vector<std::string> methods() const;
        [[nodiscard]] std::string allow() const;  ///< "GET, HEAD".
        [[nodiscard]] std::string shown() const;  ///< "/v1/workers/{id}".
    };
    struct Body {
        std::shared_ptr<const std::string> text;
        bool packed = false;  ///< With gzip.
    };
    static const std::vector<Route>& routes();
    static const Route* find_route(std::string_view path, std::string_view& rest);
    void dispatch(const Route& route, Call call, std::string_view rest);

    void get_root(Call call, std::string_view rest);
    void get_asset(Call call, std::string_view name);
    void get_fleet(Call call, std::string_view rest);
    void get_events(Call call, std::string_view rest);
    void get_workers(Call call, std::string_view rest);
    void get_worker(Call call, std::string_view encoded_id);
    void post_workers(Call call, std::string_view rest);
    void delete_worker(Call call, std::string_view encoded_id);
    void get_worker_raw(Call call, std::string_view encoded_id);
    void get_worker_cordon(Call call, std::string_view encoded_id);
    void put_worker_cordon(Call call, std::string_view encoded_id);
    void delete_worker_cordon(Call call, std::string_view encoded_id);
    void get_cordons(Call call, std::string_view rest);
    void get_sources(Call call, std::string_view rest);
    void get_metrics(Call call, std::string_view rest);
    void get_openapi(Call call, std::string_view rest);
    void get_journal(Call call, std::string_view rest);
    void get_past_fleet(Call call, FleetQuery query);
    void get_health(Call call, std::string_view rest);
    void get_readiness(Call call, std::string_view rest);

    /// Of GET /: whether it is answered with the page; else with text.
    [[nodiscard]] bool gets_page(const HttpRequest& request) const;
    /// Nothing if the id's escapes are broken; then it is answered.
    [[nodiscard]] static std::optional<std::string> id_of(Call& call, std::string_view encoded_id);
    /// 410 or 404 for who is not among the workers.
    void send_not_there(Call call, const FleetView& view, const std::string& id);
    /// False without a collector; then it is answered.
    [[nodiscard]] bool has_collector(Call& call) const;
    /// Follows it on the desk of orders, and sends what comes of it.
    void order(Call call, std::move_only_function<HttpResponse(const Call&)> follow);
    void sample_history();
    /// Nothing if the parameters are bad; then it is answered.
    [[nodiscard]] std::optional<FleetQuery> query_of(Call& call, const FleetQueryRules& rules);
    [[nodiscard]] FleetMoment moment() const;
    [[nodiscard]] std::string etag(const FleetView& view) const;
    /// Whether the client has the view already; then it is answered.
    [[nodiscard]] bool send_not_modified(Call& call, const FleetView& view);
    void add_validators(HttpResponse& response, const FleetView& view) const;
    void send_view(Call call, const FleetView& view, std::string json);
    [[nodiscard]] static Body body_of(std::string json, bool packed);
    [[nodiscard]] HttpResponse view_response(const FleetView& view, const Body& body) const;
    /// The whole document as the filter has it, with the texts of rows that did not change.
    [[nodiscard]] std::string fleet_json(const FleetViewPtr& view, const FleetMoment& now,
                                         const FleetFilter& filter);
    void answer_polls(std::vector<WaitingPoll> due);

    FleetHandlerShared& shared_;
    ViewReader reader_;
    std::shared_ptr<RowTexts> texts_;  ///< With all members.
    LongPolls polls_;
    EventStreams streams_;
    HttpLoop& loop_;
    std::unique_ptr<HttpTimer> sample_timer_;  ///< Only where this handler fills the history.
};

}  // namespace muster
