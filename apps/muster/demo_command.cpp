// demo: the parts in the order they need each other; they end in the reverse order, whatever ends
// them.
#include "demo_command.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "demo_broker.hpp"
#include "demo_story.hpp"
#include "fleet_collector.hpp"
#include "fleet_table.hpp"
#include "muster/fleet/watcher.hpp"
#include "muster/serve/fleet_server.hpp"
#include "muster/sim/fleet.hpp"
#include "muster/wire/fleet_document.hpp"
#include "people_text.hpp"
#include "screen.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

// Of the screen on a terminal; ages move between two publications.
constexpr Duration kRefresh = 200ms;
// Not on a terminal: this often, and for so long.
constexpr Duration kPrintEvery = 2s;
constexpr Duration kPrintFor = 10s;

ExitCode failed(const Error& error) {
    if (error.what == "stopped") return ExitCode::done;
    report_error(error.what);
    return ExitCode::unreachable;
}

// All that the demo runs. Members end in the reverse order.
struct DemoParts {
    DemoBroker broker;
    std::unique_ptr<SimulatedFleet> workers;
    std::unique_ptr<FleetCollector> fleet;
    std::unique_ptr<FleetServer> server;
};

Result<std::unique_ptr<FleetServer>> start_server(FleetCollector& fleet,
                                                  const std::string& listen) {
    const auto start = [&](const std::string& address) {
        FleetServerOptions options;
        options.http.listen = address;
        return FleetServer::start(fleet.view_cell(), fleet.clock(), fleet.wall_clock(),
                                  fleet.epoch(), options);
    };
    if (!listen.empty()) return start(listen);
    auto server = start(FleetServerOptions{}.http.listen);
    // Somebody else serves there: the demo is content with any port.
    return server ? std::move(server) : start("127.0.0.1:0");
}

Result<DemoParts> start_parts(const DemoOptions& options, const std::stop_token& stop) {
    auto broker = DemoBroker::start(stop);
    if (!broker) return std::unexpected(std::move(broker.error()));
    SimulatedFleetOptions workers_options;
    workers_options.nats_url = broker->url();
    workers_options.workers = kDemoWorkers;
    // One road only: pushes would hide late answers and keep a mute worker known.
    workers_options.push = false;
    auto workers = SimulatedFleet::start(std::move(workers_options));
    if (!workers) return std::unexpected(std::move(workers.error()));
    CollectOptions collect;
    collect.nats.connect.servers = {broker->url()};
    collect.nats.connect.client_name = "muster demo";
    collect.nats.components = {{"dynamo", "backend"}};
    auto fleet = FleetCollector::start(std::move(collect));
    if (!fleet) return std::unexpected(std::move(fleet.error()));
    auto server = start_server(**fleet, options.listen);
    if (!server) return std::unexpected(std::move(server.error()));
    return DemoParts{std::move(*broker), std::move(*workers), std::move(*fleet),
                     std::move(*server)};
}

// Plays the chapters by the time, and says what there is to see now.
class Storyteller {
public:
    Storyteller(DemoParts& parts, Time start) : parts_(parts), next_(start + kChapterEvery / 4) {}
    ~Storyteller() { parts_.broker.resume(); }

    /// True if a chapter has begun or its fault has ended.
    bool step(Time now) {
        bool news = false;
        if (paused_until_ != kNever && now >= paused_until_) {
            parts_.broker.resume();
            paused_until_ = kNever;
            news = true;
        }
        if (now < next_) return news;
        const auto chapters = demo_chapters();
        chapter_ = &chapters[played_++ % chapters.size()];
        next_ = now + kChapterEvery;
        if (!chapter_->fault) {
            parts_.broker.pause();
            paused_until_ = now + chapter_->duration;
            return true;
        }
        // The chapters name workers that exist; if it failed all the same, nothing breaks.
        (void)parts_.workers->set_fault(chapter_->worker, *chapter_->fault, chapter_->duration);
        return true;
    }

    [[nodiscard]] std::string words() const {
        if (chapter_ == nullptr) return "All is well; the first fault comes in a few seconds.\n";
        std::string words = std::string(chapter_->failed);
        if (chapter_->fault) {
            words += "\n        (" + parts_.workers->worker_id(chapter_->worker) + ")";
        }
        return words + '\n' + std::string(chapter_->seen) + '\n' + std::string(chapter_->done) +
               '\n';
    }

private:
    DemoParts& parts_;
    Time next_;
    Time paused_until_ = kNever;
    std::size_t played_ = 0;
    const DemoChapter* chapter_ = nullptr;
};

std::string fleet_text(const FleetCollector& fleet, const FleetView& view) {
    std::string text;
    append_fleet_json(text, view, fleet.moment());
    return text;
}

// Lines around the table: title, blank, up to four of the story, blank.
constexpr std::size_t kFrameRows = 7;

std::string page(const DemoParts& parts, const FleetView& view, const Storyteller& story,
                 const DemoOptions& options, const ScreenSize* screen) {
    const std::string json = fleet_text(*parts.fleet, view);
    if (options.json) return json + '\n';
    const auto fleet = parse_fleet_document(json);
    if (!fleet) return "unreadable: " + fleet.error().what + '\n';
    TableStyle style;
    // The broker stands in the line below; with both the title would not fit 80 columns.
    std::string title = fmt::format("muster demo: {} simulated workers, http://{}/v1/fleet",
                                    kDemoWorkers, parts.server->address());
    style.lost_max = 2;
    if (screen != nullptr) {
        style.columns = screen->columns;
        style.color = options.color && colors_wanted();
        // What surrounds the rows: the frame, the sources' line, the titles, the lost.
        const std::size_t around = kFrameRows + 2 + std::min<std::size_t>(fleet->lost.size(), 3);
        style.rows_max = screen->rows > around + 1 ? screen->rows - around : 1;
        title = shortened(title, screen->columns);
    }
    std::string text = title + '\n' + fleet_table(*fleet, style) + '\n';
    std::string story_text = story.words();
    if (screen == nullptr) return text + story_text + '\n';
    while (!story_text.empty()) {
        const std::size_t end = story_text.find('\n');
        text += shortened(story_text.substr(0, end), screen->columns) + '\n';
        story_text.erase(0, end + 1);
    }
    return text + "Ctrl-C ends it all.";
}

ExitCode print_failed(const Error& error) {
    if (error.kind == ErrorKind::closed) return ExitCode::done;
    report_error(error.what);
    return ExitCode::trouble;
}

ExitCode show_live(DemoParts& parts, const DemoOptions& options, const std::stop_token& stop) {
    Storyteller story(parts, parts.fleet->clock().now());
    Watcher watcher(parts.fleet->view_cell());
    LiveScreen live;
    while (!stop.stop_requested()) {
        (void)story.step(parts.fleet->clock().now());
        const ScreenSize screen = screen_size();
        const FleetViewPtr view = parts.fleet->view_cell().current();
        auto shown = live.show(page(parts, *view, story, options, &screen));
        if (!shown) return print_failed(shown.error());
        // By the clock and not by the view: at most five pages a second, however much changes.
        (void)watcher.wait_above(UINT64_MAX, kRefresh, stop);
    }
    return ExitCode::done;
}

ExitCode show_some(DemoParts& parts, const DemoOptions& options, const std::stop_token& stop) {
    const Time start = parts.fleet->clock().now();
    Storyteller story(parts, start);
    Watcher watcher(parts.fleet->view_cell());
    Time next = start;
    for (Time now = start; now < start + kPrintFor && !stop.stop_requested();
         now = parts.fleet->clock().now()) {
        const bool news = story.step(now);
        if (news || now >= next) {
            next = now + kPrintEvery;
            const FleetViewPtr view = parts.fleet->view_cell().current();
            auto shown = write_output(page(parts, *view, story, options, nullptr));
            if (!shown) return print_failed(shown.error());
        }
        (void)watcher.wait_above(UINT64_MAX, kRefresh, stop);
    }
    return ExitCode::done;
}

}  // namespace

ExitCode run_demo(const DemoOptions& options, const std::stop_token& stop) {
    auto parts = start_parts(options, stop);
    if (!parts) return failed(parts.error());
    auto view = parts->fleet->wait_settled(stop);
    if (!view) return failed(view.error());
    if (options.once) {
        const std::string json = fleet_text(*parts->fleet, **view);
        const auto fleet = parse_fleet_document(json);
        auto shown =
            write_output(options.json || !fleet ? json + '\n' : fleet_table(*fleet, TableStyle{}));
        return shown ? ExitCode::done : print_failed(shown.error());
    }
    const bool live = stdout_is_terminal() && !options.json;
    return live ? show_live(*parts, options, stop) : show_some(*parts, options, stop);
}

}  // namespace muster
