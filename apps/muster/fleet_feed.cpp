// The two feeds.
#include "fleet_feed.hpp"

#include <algorithm>
#include <utility>

#include "muster/fleet/watcher.hpp"
#include "muster/io/http/url.hpp"
#include "server_words.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

constexpr Duration kAnswer = 5s;

class ServerFeed final : public FleetFeed {
public:
    ServerFeed(HttpUrl server, HttpClientOptions client)
        : client_(std::move(server), std::move(client)) {}

    Result<std::string> fleet(const FleetFilter& filter, const std::stop_token& stop) override {
        return text("/v1/fleet" + query_of(filter), kAnswer, stop);
    }
    Result<std::string> fleet_above(std::uint64_t version, Duration hold, const FleetFilter& filter,
                                    const std::stop_token& stop) override {
        const Duration held = std::min(hold, kHoldMax);
        const auto ms = std::chrono::ceil<std::chrono::milliseconds>(held).count();
        std::string query = query_of(filter);
        query += query.empty() ? '?' : '&';
        query +=
            "wait_version=" + std::to_string(version) + "&timeout=" + std::to_string(ms) + "ms";
        return text("/v1/fleet" + query, held + kAnswer, stop);
    }
    Result<std::optional<std::string>> worker(const std::string& id,
                                              const std::stop_token& stop) override {
        const std::string target = "/v1/workers/" + percent_encode(id);
        auto answer = client_.get(target, kAnswer, stop);
        if (!answer) return std::unexpected(unreachable(answer.error()));
        if (answer->status == 404 || answer->status == 410) return std::nullopt;
        if (answer->status != 200) return std::unexpected(refused(target, *answer));
        return *answer->body;
    }
    std::string last_failure() const override { return failure_; }

private:
    Result<std::string> text(const std::string& target, Duration patience,
                             const std::stop_token& stop) {
        auto answer = client_.get(target, patience, stop);
        if (!answer) return std::unexpected(unreachable(answer.error()));
        if (answer->status != 200) return std::unexpected(refused(target, *answer));
        return *answer->body;
    }
    [[nodiscard]] Error unreachable(const Error& error) {
        if (error.what != "stopped") failure_ = error.what;
        return cannot_reach(client_.url(), error, "collect without one with --nats or --worker");
    }
    [[nodiscard]] Error refused(const std::string& target, const HttpResponse& answer) {
        failure_ = "it answers with status " + std::to_string(answer.status);
        return refused_by(client_.url(), target, answer);
    }

    HttpClient client_;
    std::string failure_;
};

class CollectorFeed final : public FleetFeed {
public:
    explicit CollectorFeed(FleetCollector& fleet) : fleet_(fleet), watcher_(fleet.view_cell()) {}

    Result<std::string> fleet(const FleetFilter& filter, const std::stop_token& stop) override {
        auto view = fleet_.wait_settled(stop);
        if (!view) return std::unexpected(std::move(view.error()));
        unreached_ = fleet_.unreached(**view);
        return text(**view, filter);
    }
    Result<std::string> fleet_above(std::uint64_t version, Duration hold, const FleetFilter& filter,
                                    const std::stop_token& stop) override {
        FleetViewPtr view = watcher_.wait_above(version, hold, stop);
        if (stop.stop_requested()) {
            return fail(ErrorKind::closed, ErrorOrigin::self, "stopped");
        }
        return text(view ? *view : *fleet_.view_cell().current(), filter);
    }
    Result<std::optional<std::string>> worker(const std::string& id,
                                              const std::stop_token&) override {
        const FleetViewPtr view = fleet_.view_cell().current();
        const auto row = view->find(id);
        if (!row) return std::nullopt;
        std::string out;
        append_worker_json(out, *view, *row, fleet_.moment());
        return out;
    }
    std::string last_failure() const override { return {}; }
    [[nodiscard]] std::vector<std::string> unreached() const override { return unreached_; }

private:
    [[nodiscard]] std::string text(const FleetView& view, const FleetFilter& filter) const {
        std::string out;
        append_fleet_json(out, view, fleet_.moment(), filter);
        return out;
    }

    FleetCollector& fleet_;
    Watcher watcher_;
    std::vector<std::string> unreached_;  // In the view that fleet() gave.
};

}  // namespace

std::string query_of(const FleetFilter& filter) {
    std::string query;
    const auto add = [&](const char* name, std::string_view value) {
        query += query.empty() ? '?' : '&';
        query.append(name).append("=").append(percent_encode(value));
    };
    for (const std::string& component : filter.components) add("component", component);
    for (const WorkerState state : filter.states) add("state", name_of(state));
    if (filter.lost) add("state", "lost");
    for (const auto& [name, value] : filter.labels) {
        std::string label = name;
        label.append("=").append(value);
        add("label", label);
    }
    return query;
}

std::unique_ptr<FleetFeed> server_feed(HttpUrl server, HttpClientOptions client) {
    return std::make_unique<ServerFeed>(std::move(server), std::move(client));
}

std::unique_ptr<FleetFeed> collector_feed(FleetCollector& fleet) {
    return std::make_unique<CollectorFeed>(fleet);
}

}  // namespace muster
