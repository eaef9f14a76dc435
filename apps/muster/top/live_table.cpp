// One loop: take what came, let ages grow, draw what changed, wait for keys.
#include "top/live_table.hpp"

#include <algorithm>
#include <utility>

#include "screen.hpp"
#include "top/frame_writer.hpp"
#include "top/key_decoder.hpp"
#include "top/printed_table.hpp"
#include "top/terminal.hpp"
#include "top/top_frame.hpp"
#include "top/top_model.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

// Ages of a view that does not come move this often; one that comes brings its own.
constexpr Duration kTick = 500ms;
constexpr Duration kPanelTick = 200ms;
// A lone Escape is no key before this: the rest of a sequence comes at once, also over a slow line.
constexpr Duration kEscape = 50ms;

class Loop {
public:
    Loop(FollowedFeed& feed, FleetDocument first, const LiveTable& table, const Clock& clock,
         const std::stop_token& stop)
        : table_(table),
          clock_(clock),
          stop_(stop),
          follower_(feed, table.follow, clock, stop),
          model_(table.place, table.past),
          writer_({table.color && colors_wanted(), glyphs_of_environment()}),
          terminal_(stop) {
        model_.take(std::move(first), clock.now());
    }

    ExitCode run() {
        while (!stop_.stop_requested()) {
            if (!draw()) break;
            const Duration tick = table_.panel ? kPanelTick : kTick;
            const Terminal::Event event =
                terminal_.wait(decoder_.waits() ? kEscape : tick, follower_.descriptor());
            if (event.closed) break;
            if (event.redraw) writer_.forget();
            take_news();
            if (!press(event.keys)) break;
        }
        return ExitCode::done;
    }

private:
    // False: the terminal is gone, or it is time to stop.
    bool draw() {
        const Time now = clock_.now();
        model_.advance(now);
        ScreenSize size = screen_size();
        // Nobody has a larger one; a size may be set to anything.
        size = {std::min<std::size_t>(size.columns, 1000), std::min<std::size_t>(size.rows, 500)};
        TopLook look{size.columns, size.rows, writer_.glyphs(), {}};
        if (table_.panel) look.panel = table_.panel(now);
        const std::string bytes = writer_.update(draw_top(model_, look, now), size.columns);
        return terminal_.show(bytes).has_value();
    }

    void take_news() {
        FleetNews news = follower_.take();
        if (news.fleet) model_.take(*std::move(news.fleet), news.received);
        if (!news.failure.empty()) model_.fail(std::move(news.failure));
    }

    // False: the program is to end.
    bool press(const std::string& bytes) {
        const bool nothing_more = bytes.empty() && decoder_.waits();
        for (const Key& key : nothing_more ? decoder_.flush() : decoder_.feed(bytes)) {
            if (key.kind == KeyKind::redraw) writer_.forget();
            if (!model_.press(key, clock_.now())) return false;
            const auto step = model_.take_step();
            if (step && table_.seek) table_.seek(*step);
        }
        return true;
    }

    const LiveTable& table_;
    const Clock& clock_;
    const std::stop_token& stop_;
    FleetFollower follower_;
    TopModel model_;
    KeyDecoder decoder_;
    FrameWriter writer_;
    Terminal terminal_;
};

}  // namespace

ExitCode run_live_table(FollowedFeed& feed, FleetDocument first, const LiveTable& table,
                        const Clock& clock, const std::stop_token& stop) {
    return Loop(feed, std::move(first), table, clock, stop).run();
}

}  // namespace muster
