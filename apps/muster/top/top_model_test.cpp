// Ages that grow, the pause, the link, the cursor, the filter, the pages; time is moved by hand.
#include "top/top_model.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/top_example.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using testing_support::kTopStart;
using testing_support::top_example;

const std::string kPrefix = "dynamo/backend/75878886571849272";

class TopModelTest : public testing::Test {
protected:
    TopModelTest() {
        model_.take(top_example(), kTopStart);
        model_.set_room(5, 0);
    }
    bool press(std::string_view keys, Time now = kTopStart) {
        bool goes_on = true;
        for (const char c : keys) {
            goes_on = model_.press({KeyKind::text, std::string(1, c)}, now);
        }
        return goes_on;
    }
    void press(KeyKind kind) { (void)model_.press({kind, {}}, kTopStart); }
    const WorkerEntry& worker(std::size_t row) const {
        return model_.fleet().workers[model_.chosen().at(row)];
    }
    double age(std::size_t index) const { return model_.fleet().workers[index].age_ms.value(); }

    TopModel model_{"http://127.0.0.1:6878"};
};

TEST_F(TopModelTest, AgesGrowFromTheMomentTheViewCame) {
    const WallTime seen = model_.fleet().time.value();
    model_.advance(kTopStart + 300ms);
    model_.advance(kTopStart + 1s);
    EXPECT_NEAR(age(0), 1041.7, 1e-6);
    EXPECT_EQ(*model_.fleet().time - seen, 1s);
    EXPECT_FALSE(model_.fleet().workers[10].age_ms) << "what is not known does not grow";
    model_.take(top_example(), kTopStart + 2s);
    EXPECT_NEAR(age(0), 41.7, 1e-6);
}

TEST_F(TopModelTest, WithoutViewsForTwoSecondsTheStatesGetWorseByThemselves) {
    model_.advance(kTopStart + 1900ms);
    EXPECT_FALSE(model_.link().away);
    EXPECT_EQ(model_.fleet().workers[0].state, "fresh") << "the server's word, while it speaks";
    model_.advance(kTopStart + 2s);
    EXPECT_TRUE(model_.link().away);
    EXPECT_EQ(model_.fleet().workers[0].state, "stale");
    EXPECT_EQ(worker(0).state, "stale") << "and the order follows";
    EXPECT_EQ(model_.fleet().workers[10].state, "unknown");
    model_.take(top_example(), kTopStart + 3s);
    EXPECT_FALSE(model_.link().away);
    EXPECT_EQ(model_.fleet().workers[0].state, "fresh");
}

TEST_F(TopModelTest, AFailureIsToldAtOnceAndForgottenWithTheNextView) {
    model_.fail("connection refused");
    model_.advance(kTopStart + 300ms);
    EXPECT_TRUE(model_.link().away);
    EXPECT_EQ(model_.link().failure, "connection refused");
    EXPECT_EQ(model_.link().silent, 300ms);
    EXPECT_EQ(model_.fleet().workers[0].state, "fresh") << "300 ms old";
    model_.take(top_example(), kTopStart + 1s);
    EXPECT_FALSE(model_.link().away);
    EXPECT_EQ(model_.link().failure, "");
}

TEST_F(TopModelTest, APausedPictureStandsStillAndGoesOnWithTheNewest) {
    press("p", kTopStart + 100ms);
    FleetDocument next = top_example();
    next.workers[0].load.set_count(LoadField::running, 99);
    model_.take(next, kTopStart + 1s);
    model_.advance(kTopStart + 10s);
    EXPECT_NEAR(age(0), 141.7, 1e-6);
    EXPECT_EQ(model_.fleet().workers[0].load.running, 37U);
    EXPECT_EQ(model_.paused_for(kTopStart + 10s), 9900ms);
    EXPECT_TRUE(model_.link().away) << "the link is watched all the same";
    press("p", kTopStart + 1500ms);
    EXPECT_EQ(model_.fleet().workers[0].load.running, 99U);
    EXPECT_NEAR(age(0), 541.7, 1e-6);
    EXPECT_FALSE(model_.paused_for(kTopStart + 10s));
}

TEST_F(TopModelTest, ThePastGrowsNoOlderAndKeysStepThroughIt) {
    const WallTime then = model_.fleet().time.value();
    const UtcZone zone;
    TopModel past("/var/lib/muster", PastMoment(zone, then, then + 3h, kTopStart));
    past.take(top_example(), kTopStart);
    past.advance(kTopStart + 1min);
    EXPECT_NEAR(past.fleet().workers[0].age_ms.value(), 41.7, 1e-6);
    EXPECT_EQ(past.fleet().workers[0].state, "fresh");
    EXPECT_FALSE(past.link().away) << "nothing has to come";
    EXPECT_EQ(past.history().size(), 0U);
    const auto key = [&](char c) {
        (void)past.press({KeyKind::text, std::string(1, c)}, kTopStart);
    };
    key('p');
    EXPECT_FALSE(past.paused_for(kTopStart));
    EXPECT_EQ(past.take_step(), std::nullopt);
    key('[');
    EXPECT_EQ(past.take_step(), then - 1min);
    EXPECT_EQ(past.take_step(), std::nullopt) << "once";
    past.fail("before the journal begins");
    EXPECT_FALSE(past.link().away);
    EXPECT_THAT(past.past()->line(kTopStart, 200).text(),
                testing::HasSubstr("before the journal begins"));
    press("[");
    EXPECT_EQ(model_.take_step(), std::nullopt) << "of the present it is no key";
}

TEST_F(TopModelTest, TheCursorFollowsItsWorker) {
    press(KeyKind::down);
    const std::string first = model_.selected();
    EXPECT_EQ(first, worker(0).id);
    press(KeyKind::down);
    EXPECT_EQ(model_.selected(), worker(1).id);
    const std::string second = model_.selected();
    press("7");
    EXPECT_EQ(model_.selected(), second) << "another order, the same worker";
    press(KeyKind::end);
    model_.set_room(5, 0);
    EXPECT_EQ(model_.selected(), worker(10).id);
    EXPECT_EQ(model_.offset(), 6U);
    press(KeyKind::page_up);
    EXPECT_EQ(model_.selected(), worker(5).id);
    press(KeyKind::home);
    model_.set_room(5, 0);
    EXPECT_EQ(model_.offset(), 0U);
    press(KeyKind::escape);
    EXPECT_EQ(model_.selected(), "");
}

TEST_F(TopModelTest, AFilterIsTypedKeptAndTakenBack) {
    press("/prefill");
    EXPECT_TRUE(model_.typing());
    EXPECT_EQ(model_.chosen().size(), 3U);
    press(KeyKind::enter);
    EXPECT_FALSE(model_.typing());
    EXPECT_EQ(model_.filter(), "prefill");
    press("/");
    press(KeyKind::clear);
    press("q");
    EXPECT_EQ(model_.filter(), "q") << "while typing a q is a letter";
    press(KeyKind::escape);
    EXPECT_EQ(model_.filter(), "prefill");
    press(KeyKind::escape);
    EXPECT_EQ(model_.filter(), "");
    EXPECT_EQ(model_.chosen().size(), 11U);
    press("/" + std::string(500, 'x'));
    EXPECT_EQ(model_.filter().size(), TopModel::kFilterBytesMax);
}

TEST_F(TopModelTest, TheLastCharacterGoesWhole) {
    press("/a");
    (void)model_.press({KeyKind::text, "\u6a21"}, kTopStart);
    press(KeyKind::backspace);
    EXPECT_EQ(model_.filter(), "a");
    press(KeyKind::backspace);
    press(KeyKind::backspace);
    EXPECT_EQ(model_.filter(), "");
}

TEST_F(TopModelTest, SortsByKeyAndTurnsRound) {
    press("s");
    EXPECT_EQ(model_.order().key, SortKey::worker);
    press("S");
    EXPECT_EQ(model_.order().key, SortKey::worst);
    press("S");
    EXPECT_EQ(model_.order().key, SortKey::kv_usage);
    EXPECT_EQ(worker(0).id, kPrefix + "91");
    press("r");
    EXPECT_TRUE(model_.order().reversed);
    press("6");
    EXPECT_EQ(model_.order().key, SortKey::waiting);
    EXPECT_FALSE(model_.order().reversed);
    EXPECT_EQ(worker(0).load.waiting, 1130U);
    press("6");
    EXPECT_TRUE(model_.order().reversed);
    EXPECT_EQ(worker(0).load.waiting, 0U);
    press("890xyz");
    EXPECT_EQ(model_.order().key, SortKey::waiting);
}

TEST_F(TopModelTest, PagesOpenAndClose) {
    press("?");
    EXPECT_EQ(model_.page(), TopPage::help);
    press("?");
    EXPECT_EQ(model_.page(), TopPage::table);
    press("l");
    EXPECT_EQ(model_.page(), TopPage::lost);
    press("o");
    EXPECT_EQ(model_.page(), TopPage::sources);
    model_.set_room(5, 20);
    press(KeyKind::end);
    EXPECT_EQ(model_.offset(), 15U);
    press(KeyKind::escape);
    EXPECT_EQ(model_.page(), TopPage::table);
    press(KeyKind::enter);
    EXPECT_EQ(model_.page(), TopPage::details) << "of the first that is seen";
    EXPECT_EQ(model_.selected(), worker(0).id);
    press(KeyKind::right);
    EXPECT_EQ(model_.selected(), worker(1).id);
    press(KeyKind::left);
    press(KeyKind::left);
    EXPECT_EQ(model_.selected(), worker(0).id);
    EXPECT_FALSE(press("q"));
}

TEST_F(TopModelTest, AnEmptyFleetHasNothingToSelect) {
    model_.take(FleetDocument{}, kTopStart + 1s);
    for (const KeyKind kind : {KeyKind::down, KeyKind::end, KeyKind::enter, KeyKind::page_up}) {
        press(kind);
        model_.set_room(5, 0);
    }
    EXPECT_EQ(model_.page(), TopPage::table);
    EXPECT_EQ(model_.selected(), "");
}

}  // namespace
}  // namespace muster
