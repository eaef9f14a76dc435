// Kept texts say what fresh ones would, and what did not change is not formatted again.
#include "muster/wire/row_texts.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "support/state_views.hpp"
#include "support/view_builder.hpp"

namespace muster {
namespace {

using testing::BuiltRow;
using testing::load_of;
using testing::StateViews;
using testing::ViewBuilder;
using namespace std::chrono_literals;

constexpr Time kNow = Time{} + 24h;
constexpr WallAnchor kAnchor{kNow, WallTime{} + 490'000h};

std::string fresh(const FleetView& view, const FleetMoment& moment, const FleetFilter& filter) {
    std::string out;
    append_fleet_json(out, view, moment, filter);
    return out;
}

std::string kept(const RowTexts& texts, const FleetMoment& moment, const FleetFilter& filter) {
    std::string out;
    append_fleet_json(out, texts, moment, filter);
    return out;
}

std::vector<std::uint64_t> revisions(const RowTexts& texts) {
    std::vector<std::uint64_t> all;
    for (std::size_t row = 0; row < texts.view().size(); ++row) all.push_back(texts.revision(row));
    return all;
}

TEST(RowTexts, OnlyWhatChangedGetsANewRevision) {
    StateViews views(kNow);
    for (std::uint64_t id = 100; id < 300; ++id) views.answer(id, load_of(id, 0, 1, 0.5));
    RowTexts texts(WorkerMembers::all());
    texts.update(views.view(), kAnchor);
    const auto before = revisions(texts);
    ASSERT_EQ(before.size(), 200U);
    views.answer(150, load_of(7, 0, 1, 0.5));
    views.answer(299, load_of(299, 0, 1, 0.5));  // The same load: confirmed, no news.
    texts.update(views.view(), kAnchor);
    auto after = revisions(texts);
    EXPECT_GT(after[50], before[50]);
    after[50] = before[50];
    EXPECT_EQ(after, before);
    // One that comes moves the others, but does not change them.
    views.answer(1, load_of(1, 0, 1, 0.5));
    texts.update(views.view(), kAnchor);
    after = revisions(texts);
    ASSERT_EQ(after.size(), 201U);
    EXPECT_EQ(std::ranges::count_if(after, [&](auto r) { return r > before[0] + 1; }), 1);
}

TEST(RowTexts, SayWhatFreshOnesWouldAndTellTrueAges) {
    for (const bool all : {true, false}) {
        FleetFilter filter;
        if (!all) {
            filter.members = WorkerMembers{};
            filter.members.add(WorkerMember::alive_age_ms);
            filter.members.add(WorkerMember::load);
        }
        StateViews views(kNow);
        RowTexts texts(filter.members);
        for (std::uint64_t step = 0; step < 300; ++step) {
            views.answer(100 + step * step % 90, load_of(step, step % 3, 1, 0.5));
            if (step % 7 == 0) {
                if (step % 2 == 0) {
                    (void)views.state().cordon("dynamo/backend/100", "memory", "ann", views.now());
                } else {
                    (void)views.state().uncordon("dynamo/backend/100", "ann", views.now());
                }
            }
            const FleetViewPtr view = views.view();
            texts.update(view, kAnchor);
            // A later moment than that of the texts: ages and states must be of this one.
            const FleetMoment moment{views.now() + Duration(step * 10'000'000), kAnchor, "e"};
            ASSERT_EQ(kept(texts, moment, filter), fresh(*view, moment, filter));
        }
    }
}

TEST(RowTexts, AnotherAnchorOrSourceNameFormatsAllAnew) {
    const auto view_with = [](const std::string& source_id) {
        SourceInfo source;
        source.id = source_id;
        ViewBuilder builder(kNow);
        builder.add({.load = Load{}, .flags = {{WorkerFlag::frozen, 30s}}}).source(source);
        return builder.build();
    };
    RowTexts texts(WorkerMembers::all());
    const FleetFilter filter;
    const auto first = view_with("nats-1");
    const auto renamed = view_with("nats-2");
    const WallAnchor set{kNow, kAnchor.wall + 1h};
    for (const auto& [view, anchor] : {std::pair{first, kAnchor}, {first, set}, {renamed, set}}) {
        texts.update(view, anchor);
        const FleetMoment moment{kNow, anchor, "e"};
        EXPECT_EQ(kept(texts, moment, filter), fresh(*view, moment, filter));
    }
}

// Identities without any shared block: as after a restart of what makes the views.
TEST(RowTexts, TextsAreComparedNotOnlyRows) {
    const auto build = [](std::uint64_t running) {
        return ViewBuilder(kNow)
            .add({.instance_id = 1, .load = load_of(running, 0, 1, 0.5)})
            .add({.instance_id = 2, .load = load_of(2, 0, 1, 0.5)})
            .build();
    };
    RowTexts texts(WorkerMembers::all());
    texts.update(build(1), kAnchor);
    const auto before = revisions(texts);
    texts.update(build(9), kAnchor);
    EXPECT_GT(texts.revision(0), before[0]);
    EXPECT_EQ(texts.revision(1), before[1]);
}

}  // namespace
}  // namespace muster
