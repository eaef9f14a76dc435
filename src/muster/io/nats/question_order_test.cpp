// What a broker says comes in the order of what was asked: each case is a story of one connection.
#include "muster/io/nats/question_order.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <deque>
#include <vector>

namespace muster {
namespace {

using Asked = QuestionOrder::Asked;

constexpr Asked kFirst{ComponentId{1}, RoundId{10}, EchoId{1}};
constexpr Asked kSecond{ComponentId{2}, RoundId{20}, EchoId{2}};
constexpr Asked kThird{ComponentId{1}, RoundId{11}, EchoId{4}};

TEST(QuestionOrder, NothingAskedIsNothingUnheard) {
    QuestionOrder order;
    EXPECT_EQ(order.take_unheard(), std::nullopt);
    EXPECT_EQ(order.take_unheard_of_one_component(), std::nullopt);
    order.echo_back(EchoId{7});
    EXPECT_EQ(order.take_unheard(), std::nullopt);
}

TEST(QuestionOrder, TheOldestWhoseEchoIsNotBack) {
    QuestionOrder order;
    for (const Asked& question : {kFirst, kSecond, kThird}) order.asked(question);
    order.echo_back(kFirst.echo);  // It was heard.
    EXPECT_EQ(order.take_unheard(), kSecond);
    order.echo_back(kSecond.echo);
    EXPECT_EQ(order.take_unheard(), kThird);
    EXPECT_EQ(order.take_unheard(), std::nullopt) << "each question gets one 503";
}

TEST(QuestionOrder, AnEchoThatWasSentAloneAnswersForAllBeforeIt) {
    QuestionOrder order;
    for (const Asked& question : {kFirst, kSecond, kThird}) order.asked(question);
    order.echo_back(EchoId{3});
    EXPECT_EQ(order.take_unheard(), kThird);
}

TEST(QuestionOrder, ANewConnectionKnowsNothingOfTheOldOne) {
    QuestionOrder order;
    order.asked(kFirst);
    order.clear();
    EXPECT_EQ(order.take_unheard(), std::nullopt);
}

TEST(QuestionOrder, WhereEchoesComeOutOfTurnAnotherComponentIsNeverBlamed) {
    QuestionOrder order;
    order.asked(kFirst);
    order.asked(kThird);
    EXPECT_EQ(order.take_unheard_of_one_component(), kFirst);
    order.asked(kSecond);
    EXPECT_EQ(order.take_unheard_of_one_component(), std::nullopt);
    // Its echo may have overtaken the 503 that the other one got.
    order.echo_back(kFirst.echo);
    EXPECT_EQ(order.take_unheard_of_one_component(), std::nullopt);
    order.clear();
    order.asked(kSecond);
    EXPECT_EQ(order.take_unheard_of_one_component(), kSecond);
}

TEST(QuestionOrder, BlamesNobodyForWhatItForgot) {
    QuestionOrder order;
    for (std::uint32_t n = 0; n <= QuestionOrder::kRememberedMax + 1; ++n) {
        order.asked({ComponentId{n}, RoundId{1}, EchoId{n + 1}});
    }
    EXPECT_EQ(order.take_unheard(), std::nullopt) << "it may be one of the two forgotten";
    order.echo_back(EchoId{1});
    EXPECT_EQ(order.take_unheard(), std::nullopt);
    order.echo_back(EchoId{2});
    EXPECT_EQ(order.take_unheard()->component, ComponentId{2});
}

// A broker in a few lines: to every question either a 503 or nothing, then its echo; all of it
// arrives in that order, some time after later questions were sent.
RC_GTEST_PROP(QuestionOrder, EveryUnheardQuestionIsNamed, (const std::vector<bool>& heard)) {
    QuestionOrder order;
    struct Said {
        bool is_echo;
        Asked about;
    };
    std::deque<Said> on_the_way;
    const auto arrive = [&] {
        const Said said = on_the_way.front();
        on_the_way.pop_front();
        if (said.is_echo) {
            order.echo_back(said.about.echo);
        } else {
            RC_ASSERT(order.take_unheard() == said.about);
        }
    };
    std::uint32_t number = 0;
    for (const bool is_heard : heard) {
        ++number;
        const Asked question{ComponentId{number % 3}, RoundId{number}, EchoId{number}};
        order.asked(question);
        if (!is_heard) on_the_way.push_back({false, question});
        on_the_way.push_back({true, question});
        const auto stay = *rc::gen::inRange<std::size_t>(0, 6);
        while (on_the_way.size() > stay) arrive();
    }
    while (!on_the_way.empty()) arrive();
}

}  // namespace
}  // namespace muster
