// The screen against golden frames, and at every size: exactly as many lines, none too wide.
#include "top/top_frame.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "support/golden.hpp"
#include "support/top_example.hpp"
#include "top/top_pages.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using testing_support::expect_golden;
using testing_support::kTopStart;
using testing_support::top_example;

std::string text_of(const Frame& frame) {
    std::string text;
    for (const StyledLine& line : frame) {
        std::string row = line.text();
        row.erase(row.find_last_not_of(' ') + 1);
        text += row + '\n';
    }
    return text;
}

// The example with a history: the loads went up for a minute.
TopModel model_with_history() {
    TopModel model("http://127.0.0.1:6878");
    for (int step = 24; step >= 0; --step) {
        FleetDocument fleet = top_example();
        for (WorkerEntry& worker : fleet.workers) {
            if (const auto usage = worker.load.fraction(LoadField::kv_usage)) {
                worker.load.set_fraction(LoadField::kv_usage, *usage * (25 - step) / 25.0);
            }
        }
        model.take(fleet, kTopStart - 5s * step);
    }
    model.take(top_example(), kTopStart);
    return model;
}

void press(TopModel& model, std::string_view keys) {
    for (const char c : keys) (void)model.press({KeyKind::text, std::string(1, c)}, kTopStart);
}

TopLook look(std::size_t columns, std::size_t rows, Glyphs glyphs = Glyphs::blocks) {
    return {columns, rows, glyphs, {}};
}

class AnHourEast final : public TimeZone {
public:
    std::chrono::seconds offset_at(WallTime /*when*/) const override { return 3600s; }
};

TEST(TopFrame, APastOneSaysSoAndHasNoHistory) {
    const AnHourEast zone;
    const WallTime then = top_example().time.value();
    TopModel model("/var/lib/muster", PastMoment(zone, then, then + 3h, kTopStart));
    model.take(top_example(), kTopStart);
    const Frame frame = draw_top(model, look(80, 24), kTopStart);
    expect_golden(text_of(frame), "apps/top_past.txt");
    EXPECT_EQ(frame.size(), 24U);
    EXPECT_THAT(text_of(print_top(model, 0, Glyphs::ascii)), testing::StartsWith("THE PAST: "));
    press(model, "?");
    const std::string help = text_of(draw_top(model, look(80, 24), kTopStart));
    EXPECT_THAT(help, HasSubstr("a minute"));
    EXPECT_THAT(help, Not(HasSubstr("stand still")));
    for (std::size_t rows = 1; rows < 30; ++rows) {
        EXPECT_EQ(draw_top(model, look(40, rows), kTopStart).size(), rows);
    }
}

TEST(TopFrame, LooksAsItShould) {
    TopModel model = model_with_history();
    expect_golden(text_of(draw_top(model, look(80, 24), kTopStart)), "apps/top_80x24.txt");
    expect_golden(text_of(draw_top(model, look(200, 60), kTopStart)), "apps/top_200x60.txt");
    expect_golden(text_of(draw_top(model, look(80, 24, Glyphs::ascii), kTopStart)),
                  "apps/top_80x24_ascii.txt");
    expect_golden(text_of(draw_top(model, look(40, 10), kTopStart)), "apps/top_40x10.txt");
    expect_golden(text_of(print_top(model, 0, Glyphs::blocks)), "apps/top_printed.txt");
}

TEST(TopFrame, PagesLookAsTheyShould) {
    TopModel model = model_with_history();
    press(model, "?");
    expect_golden(text_of(draw_top(model, look(80, 24), kTopStart)), "apps/top_help.txt");
    press(model, "o");
    expect_golden(text_of(draw_top(model, look(80, 24), kTopStart)), "apps/top_sources.txt");
    press(model, "l");
    expect_golden(text_of(draw_top(model, look(80, 24), kTopStart)), "apps/top_lost.txt");
    press(model, "l/frozen");
    (void)model.press({KeyKind::enter, {}}, kTopStart);
    (void)model.press({KeyKind::enter, {}}, kTopStart);
    expect_golden(text_of(draw_top(model, look(80, 50), kTopStart)), "apps/top_details.txt");
    expect_golden(text_of(draw_top(model, look(140, 40), kTopStart)), "apps/top_details_wide.txt");
}

TEST(TopFrame, TheHelpIsWholeOnEightyColumns) {
    for (const StyledLine& line : help_page(TopModel(""), Glyphs::blocks).lines) {
        EXPECT_LE(line.columns(), 80U) << line.text();
    }
}

TEST(TopFrame, FitsEverySize) {
    TopModel model = model_with_history();
    std::vector<StyledLine> panel(6, StyledLine(std::string(300, 'x')));
    for (const char* keys : {"", "?", "o", "l", "l/b"}) {
        press(model, keys);
        (void)model.press({KeyKind::down, {}}, kTopStart);
        for (std::size_t columns = 1; columns <= 260; columns += columns < 90 ? 1 : 17) {
            for (std::size_t rows = 1; rows <= 70; rows += rows < 30 ? 1 : 13) {
                TopLook size = look(columns, rows);
                if (columns % 2 == 0) size.panel = panel;
                const Frame frame = draw_top(model, size, kTopStart);
                ASSERT_EQ(frame.size(), rows) << keys << ' ' << columns;
                for (const StyledLine& line : frame) {
                    ASSERT_LE(line.columns(), columns) << keys << ' ' << rows << line.text();
                }
            }
        }
    }
}

TEST(TopFrame, TellsWorkersApartAndTheirStateOnSmallScreens) {
    TopModel model = model_with_history();
    for (const std::size_t columns : {30U, 40U, 60U, 80U, 100U, 132U}) {
        const std::string text = text_of(draw_top(model, look(columns, 24), kTopStart));
        EXPECT_THAT(text, HasSubstr("27298")) << columns;
        EXPECT_THAT(text, HasSubstr("27297")) << columns;
        EXPECT_THAT(text, HasSubstr("stale")) << columns;
    }
}

TEST(TopFrame, AFleetOfSeveralEnginesSaysWhichIsWhichOnEightyColumns) {
    FleetDocument fleet = top_example();
    const auto shown = [&](std::size_t columns) {
        TopModel model("http://127.0.0.1:6878");
        model.take(fleet, kTopStart);
        const Frame frame = draw_top(model, look(columns, 24), kTopStart);
        for (const StyledLine& line : frame) EXPECT_LE(line.columns(), columns) << line.text();
        return text_of(frame);
    };
    fleet.workers[0].engine = "unknown";  // It never answered.
    EXPECT_THAT(shown(80), Not(HasSubstr("ENGINE")));
    for (std::size_t i = 0; i < 4; ++i)
        fleet.workers[i].id = "http/10.0.0.1:800" + std::to_string(i);
    fleet.workers[0].engine = "vllm";
    fleet.workers[1].engine = "sglang";
    fleet.workers[2].engine = "llamacpp";
    fleet.workers[3].engine = "trtllm";
    expect_golden(shown(80), "apps/top_mixed_80x24.txt");
    EXPECT_THAT(shown(80), HasSubstr(":8002 llamacpp fresh"));
    for (const std::size_t columns : {80U, 132U, 200U}) {
        const std::string text = shown(columns);
        for (const char* name : {"ENGINE", "vllm", "sglang", "llamacpp", "trtllm", "dynamo "}) {
            EXPECT_THAT(text, HasSubstr(name)) << columns;
        }
        EXPECT_EQ(text.find("ENGINE"), text.rfind("ENGINE")) << "once: " << columns;
    }
    EXPECT_THAT(shown(50), Not(HasSubstr("ENGINE")));
}

TEST(TopFrame, ThePanelStandsAboveTheLastLineAndYieldsToWorkers) {
    TopModel model = model_with_history();
    TopLook with_panel = look(80, 24);
    with_panel.panel = {StyledLine("the story"), StyledLine("goes on")};
    const Frame frame = draw_top(model, with_panel, kTopStart);
    EXPECT_EQ(frame[21].text(), "the story");
    EXPECT_EQ(frame[22].text(), "goes on");
    with_panel.rows = 10;
    EXPECT_THAT(text_of(draw_top(model, with_panel, kTopStart)), Not(HasSubstr("the story")));
}

TEST(TopFrame, SaysWhenThePictureStandsStillOrNothingMatches) {
    TopModel model = model_with_history();
    press(model, "p");
    EXPECT_THAT(text_of(draw_top(model, look(80, 24), kTopStart + 7s)),
                HasSubstr("PAUSED for 7.0s, p goes on"));
    press(model, "p/nobody");
    const std::string text = text_of(draw_top(model, look(80, 24), kTopStart));
    EXPECT_THAT(text, HasSubstr("No worker matches the filter: Esc clears it."));
    EXPECT_THAT(text, HasSubstr("Filter: nobody_"));
    TopModel empty("");
    empty.take(FleetDocument{}, kTopStart);
    EXPECT_THAT(text_of(draw_top(empty, look(80, 24), kTopStart)),
                HasSubstr("No worker is known."));
}

TEST(TopFrame, DetailsOfOneWhoIsCordonedTellWhyAndByWhom) {
    TopModel model = model_with_history();
    press(model, "/cordoned");
    (void)model.press({KeyKind::enter, {}}, kTopStart);
    (void)model.press({KeyKind::enter, {}}, kTopStart);
    EXPECT_THAT(text_of(draw_top(model, look(80, 24), kTopStart)),
                HasSubstr("cordoned because  new driver (by ada)"));
}

TEST(TopFrame, DetailsOfOneWhoWasLostTellWhy) {
    TopModel model = model_with_history();
    press(model, "/927293");
    (void)model.press({KeyKind::enter, {}}, kTopStart);
    (void)model.press({KeyKind::enter, {}}, kTopStart);
    FleetDocument without = top_example();
    LostEntry lost;
    lost.id = without.workers[4].id;
    lost.reason = "withdrawn by discovery";
    lost.since = without.time;
    lost.load = without.workers[4].load;
    without.workers.erase(without.workers.begin() + 4);
    without.lost.push_back(lost);
    model.take(without, kTopStart);
    const std::string text = text_of(draw_top(model, look(80, 24), kTopStart));
    EXPECT_THAT(text, HasSubstr("927293 is lost"));
    EXPECT_THAT(text, HasSubstr("withdrawn by discovery"));
    EXPECT_THAT(text, HasSubstr("64/256"));
    without.lost.clear();
    model.take(without, kTopStart);
    EXPECT_THAT(text_of(draw_top(model, look(80, 24), kTopStart)),
                HasSubstr("927293 is not in this view"));
}

TEST(TopFrame, NamesOfOthersCannotMoveTheCursor) {
    FleetDocument fleet = top_example();
    WorkerEntry& worker = fleet.workers[0];
    for (std::string* text : {&worker.id, &worker.component, &worker.instance_id, &worker.engine,
                              &worker.address, &worker.state, &worker.source, &worker.road}) {
        *text = "\x1b[2J\n";
    }
    worker.flags = {"\x1b"};
    worker.models = {"\x1b"};
    worker.labels = {{"\x1b", "\x07"}};
    TopModel model("");
    model.take(fleet, kTopStart);
    for (int page = 0; page < 2; ++page) {
        for (const StyledLine& line : draw_top(model, look(300, 60), kTopStart)) {
            EXPECT_EQ(line.text().find_first_of("\x1b\n\x07"), std::string::npos) << line.text();
        }
        (void)model.press({KeyKind::enter, {}}, kTopStart);
    }
}

}  // namespace
}  // namespace muster
