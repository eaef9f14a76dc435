// demo: the parts in the order they need each other; they end in the reverse order, whatever ends
// them.
#include "demo_command.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "demo_fleet.hpp"
#include "demo_story.hpp"
#include "fleet_collector.hpp"
#include "fleet_feed.hpp"
#include "muster/fleet/watcher.hpp"
#include "muster/serve/fleet_server.hpp"
#include "muster/wire/fleet_document.hpp"
#include "screen.hpp"
#include "top/live_table.hpp"
#include "top/printed_table.hpp"
#include "top/terminal.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

// How closely the story keeps to its times.
constexpr Duration kStep = 200ms;
// Not on a terminal: this often, and for so long.
constexpr Duration kPrintEvery = 2s;
constexpr Duration kPrintFor = 10s;

// All that the demo runs. Members end in the reverse order.
struct DemoParts {
    DemoFleet workers;
    std::unique_ptr<FleetCollector> fleet;
    std::unique_ptr<FleetServer> server;
};

Result<std::unique_ptr<FleetServer>> start_server(FleetCollector& fleet,
                                                  const std::string& listen) {
    const auto start = [&](const std::string& address) {
        FleetServerOptions options;
        options.collector = &fleet.collector();
        options.rest = fleet.rest();
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
    auto workers = DemoFleet::start(stop);
    if (!workers) return std::unexpected(std::move(workers.error()));
    // Who names further workers over REST keeps them for this run.
    auto fleet = FleetCollector::start(workers->collect_options(), std::nullopt, RestPlace{});
    if (!fleet) return std::unexpected(std::move(fleet.error()));
    auto server = start_server(**fleet, options.listen);
    if (!server) return std::unexpected(std::move(server.error()));
    return DemoParts{std::move(*workers), std::move(*fleet), std::move(*server)};
}

// Plays the chapters by the time, and says what there is to see now.
class Storyteller {
public:
    Storyteller(DemoParts& parts, Time start) : parts_(parts), next_(start + kChapterEvery / 4) {}
    ~Storyteller() {
        if (chapter_ != nullptr) parts_.workers.end(*chapter_);
    }

    /// True if a chapter has begun or its fault has ended.
    bool step(Time now) {
        bool news = false;
        if (ends_at_ != kNever && now >= ends_at_) {
            parts_.workers.end(*chapter_);
            ends_at_ = kNever;
            news = true;
        }
        if (now < next_) return news;
        const auto chapters = demo_chapters();
        chapter_ = &chapters[played_++ % chapters.size()];
        next_ = now + kChapterEvery;
        ends_at_ = now + chapter_->duration;
        parts_.workers.begin(*chapter_);
        return true;
    }

    [[nodiscard]] std::string words() const {
        if (chapter_ == nullptr) return "All is well; the first fault comes in a few seconds.\n";
        std::string words = std::string(chapter_->failed);
        if (const std::string subject = parts_.workers.subject_of(*chapter_); !subject.empty()) {
            words += "\n        (" + subject + ")";
        }
        return words + '\n' + std::string(chapter_->seen) + '\n' + std::string(chapter_->done) +
               '\n';
    }

private:
    DemoParts& parts_;
    Time next_;
    Time ends_at_ = kNever;  // Of the chapter that plays.
    std::size_t played_ = 0;
    const DemoChapter* chapter_ = nullptr;
};

std::string fleet_text(const FleetCollector& fleet, const FleetView& view) {
    std::string text;
    append_fleet_json(text, view, fleet.moment());
    return text;
}

std::string title_of(const DemoParts& parts) {
    // The broker stands among the sources; with both the title would not fit 80 columns.
    return fmt::format("muster demo: {} simulated workers, http://{}/v1/fleet", kDemoWorkers,
                       parts.server->address());
}

// A view as it is printed where no screen is: table or document.
std::string printed_page(const DemoParts& parts, const FleetView& view,
                         const DemoOptions& options) {
    std::string json = fleet_text(*parts.fleet, view);
    if (!options.json) {
        // Our own text is always readable.
        auto fleet = parse_fleet_document(json);
        if (fleet) {
            TopModel model("");
            model.take(*std::move(fleet), parts.fleet->clock().now());
            return printed_table(model, options.color);
        }
    }
    return json + '\n';
}

// The story below the live table; always as many lines, so that the table stays where it is.
std::vector<StyledLine> story_panel(const DemoParts& parts, const Storyteller& story) {
    constexpr std::size_t kLines = 4;
    std::vector<StyledLine> lines;
    lines.emplace_back(title_of(parts), Tone::strong);
    std::string words = story.words();
    while (!words.empty() && lines.size() <= kLines) {
        const std::size_t end = words.find('\n');
        lines.emplace_back(words.substr(0, end), Tone::warning);
        words.erase(0, end == std::string::npos ? end : end + 1);
    }
    lines.resize(kLines + 1);
    lines.emplace_back("Ctrl-C ends it all.", Tone::dim);
    return lines;
}

ExitCode show_live(DemoParts& parts, FleetDocument first, const DemoOptions& options,
                   const std::stop_token& stop) {
    Storyteller story(parts, parts.fleet->clock().now());
    const auto feed = collector_feed(*parts.fleet);
    LiveTable table;
    table.color = options.color;
    table.panel = [&](Time now) {
        (void)story.step(now);
        return story_panel(parts, story);
    };
    return run_live_table(*feed, std::move(first), table, parts.fleet->clock(), stop);
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
            const std::string story_text =
                options.json ? "" : title_of(parts) + '\n' + story.words() + '\n';
            auto shown = write_output(printed_page(parts, *view, options) + story_text);
            if (!shown) return report_unwritable(shown.error());
        }
        (void)watcher.wait_above(UINT64_MAX, kStep, stop);
    }
    return ExitCode::done;
}

}  // namespace

ExitCode run_demo(const DemoOptions& options, const std::stop_token& stop) {
    const TerminalSignalsHeld held;
    auto parts = start_parts(options, stop);
    if (!parts) return report_unreachable(parts.error());
    auto view = parts->fleet->wait_settled(stop);
    if (!view) return report_unreachable(view.error());
    if (options.once) {
        return print_output(printed_page(*parts, **view, options));
    }
    if (options.json || !live_screen_possible()) return show_some(*parts, options, stop);
    auto fleet = parse_fleet_document(fleet_text(*parts->fleet, **view));
    if (!fleet) return report_unreachable(fleet.error());
    return show_live(*parts, *std::move(fleet), options, stop);
}

}  // namespace muster
