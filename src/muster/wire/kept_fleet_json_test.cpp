// Texts that stay in place say what fresh ones would, at every moment, whoever still holds them.
#include "muster/wire/kept_fleet_json.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <random>
#include <string>

#include "support/state_views.hpp"
#include "support/view_builder.hpp"

namespace muster {
namespace {

using testing::load_of;
using testing::StateViews;
using namespace std::chrono_literals;

constexpr Time kNow = Time{} + 24h;
constexpr WallAnchor kAnchor{kNow, WallTime{} + 490'000h};

std::string joined(const TextPieces& pieces) {
    std::string text;
    for (const auto& piece : pieces) text += *piece;
    return text;
}

/// What a fresh text says. Spaces between tokens are no part of it.
nlohmann::ordered_json fresh(const FleetView& view, const FleetMoment& moment) {
    std::string out;
    append_fleet_json(out, view, moment);
    return nlohmann::ordered_json::parse(out);
}

TEST(KeptFleetJson, SaysWhatAFreshTextSaysWhateverHappens) {
    std::mt19937_64 random(7);
    StateViews fleet(kNow);
    RowTexts texts(WorkerMembers::all());
    KeptFleetJson kept;
    FleetViewPtr view = fleet.view();
    for (int step = 0; step < 400; ++step) {
        switch (random() % 6) {
            case 0:  // One that comes, or one with news.
                fleet.answer(100 + random() % 200, load_of(random() % 1'000'000, 0, 1, 0.5));
                break;
            case 1:  // One that says what it said before.
                fleet.answer(100, load_of(7, 0, 1, 0.5));
                break;
            case 2:  // The same, after another time on its way.
                fleet.answer(100 + random() % 200, load_of(7, 0, 1, 0.5),
                             std::chrono::microseconds(random() % 20'000));
                break;
            case 3:  // The same, with another age of its own, or without.
                fleet.answer(100, load_of(7, 0, 1, 0.5), 1ms,
                             random() % 2 == 0 ? std::nullopt
                                               : std::optional<Duration>(random() % 9'000'000));
                break;
            case 4: fleet.pass(Duration(1) * (random() % 3'000'000'000)); break;
            default: break;  // The same view at the same moment.
        }
        if (random() % 2 == 0) view = fleet.view();
        const FleetMoment moment{fleet.now(), kAnchor, "e"};
        texts.update(view, kAnchor);
        const std::string text = joined(kept.at(texts, moment));
        ASSERT_EQ(nlohmann::ordered_json::parse(text), fresh(*view, moment)) << step;
    }
    EXPECT_GT(view->block_count(), 1U);
}

TEST(KeptFleetJson, AnEmptyFleetIsADocumentToo) {
    RowTexts texts(WorkerMembers::all());
    KeptFleetJson kept;
    const FleetMoment moment{kNow, kAnchor, "e"};
    EXPECT_EQ(nlohmann::ordered_json::parse(joined(kept.at(texts, moment))),
              fresh(texts.view(), moment));
}

TEST(KeptFleetJson, WhatNobodyHoldsIsWrittenInPlaceAndNothingElse) {
    StateViews fleet(kNow);
    for (std::uint64_t id = 100; id < 200; ++id) fleet.answer(id, load_of(id, 0, 1, 0.5));
    const FleetViewPtr view = fleet.view();
    RowTexts texts(WorkerMembers::all());
    texts.update(view, kAnchor);
    KeptFleetJson kept;
    const auto at = [&](Duration later) {
        return kept.at(texts, {fleet.now() + later, kAnchor, "e"});
    };
    const std::string* const place = at(0ms)[1].get();
    const TextPieces held = at(5ms);
    EXPECT_EQ(held[1].get(), place) << "nobody held it";
    const std::string said = joined(held);
    // A client that is slow to take it: its text must not change under it.
    const TextPieces later = at(1h);
    EXPECT_NE(later[1].get(), place);
    EXPECT_EQ(joined(held), said);
    EXPECT_EQ(nlohmann::ordered_json::parse(joined(later)),
              fresh(*view, {fleet.now() + 1h, kAnchor, "e"}));
}

TEST(KeptFleetJson, SparesLittleRoom) {
    StateViews fleet(kNow);
    for (std::uint64_t id = 100; id < 200; ++id) fleet.answer(id, load_of(id, 0, 1, 0.5));
    RowTexts texts(WorkerMembers::all());
    texts.update(fleet.view(), kAnchor);
    KeptFleetJson kept;
    const FleetMoment moment{fleet.now(), kAnchor, "e"};
    std::string fresh_text;
    append_fleet_json(fresh_text, texts.view(), moment);
    const std::size_t size = joined(kept.at(texts, moment)).size();
    EXPECT_GE(size, fresh_text.size());
    EXPECT_LE(size, fresh_text.size() + 100 * 16);
}

}  // namespace
}  // namespace muster
