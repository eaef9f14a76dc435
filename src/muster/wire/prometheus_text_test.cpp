// The two text forms: what each calls things, what is escaped, and that nothing unknown is written.
#include "muster/wire/prometheus_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "muster/wire/json_writer.hpp"
#include "support/metrics_text.hpp"

namespace muster {
namespace {

using testing::read_metrics;
using namespace std::chrono_literals;

constexpr MetricFamily kAsked = {.name = "asked",
                                 .type = MetricType::counter,
                                 .help = R"(say "what"\ or)"
                                         "\n"
                                         "not"};
constexpr MetricFamily kAge = {.name = "age_seconds", .help = "How old.", .unit = "seconds"};

template <typename Write>
std::string written(PrometheusFormat format, Write write) {
    std::string out;
    PrometheusWriter writer(out, format);
    write(writer);
    writer.finish();
    return out;
}

TEST(PrometheusText, TheTwoFormsNameThingsDifferently) {
    const auto write = [](PrometheusWriter& writer) {
        writer.family(kAsked).count({}, 7);
        writer.family(kAge).age({}, 1500ms);
        writer.family({.name = "made", .type = MetricType::info, .help = "What."});
        writer.count({.own = "version=\"1\""}, 1);
        writer.family({.name = "odd_total", .type = MetricType::unknown, .help = "No counter."});
        writer.count({}, 3);
    };
    EXPECT_EQ(written(PrometheusFormat::text, write),
              "# TYPE asked_total counter\n"
              "# HELP asked_total say \"what\"\\\\ or\\nnot\n"
              "asked_total 7\n"
              "# TYPE age_seconds gauge\n"
              "# HELP age_seconds How old.\n"
              "age_seconds 1.5\n"
              "# TYPE made_info gauge\n"
              "# HELP made_info What.\n"
              "made_info{version=\"1\"} 1\n"
              "# TYPE odd_total untyped\n"
              "# HELP odd_total No counter.\n"
              "odd_total 3\n");
    EXPECT_EQ(written(PrometheusFormat::openmetrics, write),
              "# TYPE asked counter\n"
              "# HELP asked say \\\"what\\\"\\\\ or\\nnot\n"
              "asked_total 7\n"
              "# TYPE age_seconds gauge\n"
              "# UNIT age_seconds seconds\n"
              "# HELP age_seconds How old.\n"
              "age_seconds 1.5\n"
              "# TYPE made info\n"
              "# HELP made What.\n"
              "made_info{version=\"1\"} 1\n"
              "# TYPE odd_total unknown\n"
              "# HELP odd_total No counter.\n"
              "odd_total 3\n"
              "# EOF\n");
}

TEST(PrometheusText, BucketsAreCumulativeAndNamedAlikeInBothForms) {
    DelayHistogram histogram({10us, 100us, 1ms, 2500us, 5ms, 10ms, 25ms, 50ms, 100ms, 250ms, 500ms,
                              1s, 2500ms, 5s, 10s});
    histogram.record(10us);
    histogram.record(1s);
    histogram.record(1s);
    histogram.record(11s);
    std::string before;
    for (const auto format : {PrometheusFormat::text, PrometheusFormat::openmetrics}) {
        const std::string text = written(format, [&](PrometheusWriter& writer) {
            writer.family({.name = "d_seconds",
                           .type = MetricType::histogram,
                           .help = "D.",
                           .unit = "seconds"});
            writer.histogram(histogram);
        });
        const auto page = read_metrics(text);
        EXPECT_THAT(page.complaints, ::testing::IsEmpty());
        EXPECT_EQ(page.count("d_seconds_bucket"), 16U);
        EXPECT_EQ(page.value("d_seconds_bucket", {{"le", "1e-05"}}), "1");
        EXPECT_EQ(page.value("d_seconds_bucket", {{"le", "0.0001"}}), "1");
        EXPECT_EQ(page.value("d_seconds_bucket", {{"le", "0.0025"}}), "1");
        EXPECT_EQ(page.value("d_seconds_bucket", {{"le", "1.0"}}), "3");
        EXPECT_EQ(page.value("d_seconds_bucket", {{"le", "10.0"}}), "3");
        EXPECT_EQ(page.value("d_seconds_bucket", {{"le", "+Inf"}}), "4");
        EXPECT_EQ(page.value("d_seconds_count"), "4");
        EXPECT_EQ(page.value("d_seconds_sum"), "13.00001");
    }
}

TEST(PrometheusText, WhatIsNotFiniteHasNoSample) {
    const std::string text = written(PrometheusFormat::text, [](PrometheusWriter& writer) {
        writer.family({.name = "x", .help = "X."});
        for (const double bad :
             {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
              -std::numeric_limits<double>::infinity()}) {
            writer.number({}, bad);
            writer.fraction({}, bad);
        }
    });
    EXPECT_EQ(text, "# TYPE x gauge\n# HELP x X.\n");
}

TEST(PrometheusText, NumbersReadBackAsTheyWere) {
    const auto one = [](auto write) {
        const std::string text = written(PrometheusFormat::text, [&](PrometheusWriter& writer) {
            writer.family({.name = "x", .help = "X."});
            write(writer);
        });
        const auto page = read_metrics(text);
        EXPECT_THAT(page.complaints, ::testing::IsEmpty()) << text;
        return page.value("x");
    };
    EXPECT_EQ(one([](auto& w) { w.count({}, std::numeric_limits<std::uint64_t>::max()); }),
              "18446744073709551615");
    EXPECT_EQ(one([](auto& w) { w.number({}, 21.602468994692867); }), "21.602468994692867");
    EXPECT_EQ(one([](auto& w) { w.number({}, -0.25); }), "-0.25");
    EXPECT_EQ(one([](auto& w) { w.fraction({}, static_cast<double>(0.4125F)); }), "0.4125");
    EXPECT_EQ(one([](auto& w) { w.age({}, 0ns); }), "0");
    EXPECT_EQ(one([](auto& w) { w.age({}, -1s); }), "0");
    EXPECT_EQ(one([](auto& w) { w.age({}, 1ns); }), "0.0001") << "never shown younger";
    EXPECT_EQ(one([](auto& w) { w.age({}, 41'630us); }), "0.0417");
    EXPECT_EQ(one([](auto& w) { w.age({}, 24h); }), "86400");
    EXPECT_EQ(one([](auto& w) { w.seconds({}, 1ns); }), "0.000000001");
    EXPECT_EQ(one([](auto& w) { w.seconds({}, 1'001ms); }), "1.001");
}

// Any bytes of a stranger come back as themselves, but for those that are no UTF-8: these come back
// as in JSON, whose reader checks it.
TEST(PrometheusText, AnyLabelComesBack) {
    EXPECT_TRUE(rc::check([](const std::vector<std::string>& values) {
        std::vector<std::string> all = values;
        all.insert(all.end(), {"\\\"\n", "\xff\"\\n", "é\xc3", "a\r\tb", std::string(1, '\0')});
        for (const std::string& value : all) {
            std::string labels;
            append_label(labels, "first", "1");
            append_label(labels, "second", value);
            const std::string text = written(PrometheusFormat::text, [&](PrometheusWriter& writer) {
                writer.family({.name = "x", .help = "X."});
                writer.count({labels, "third=\"3\""}, 1);
            });
            std::string json;
            append_json_string(json, value);
            const auto page = read_metrics(text);
            RC_ASSERT(page.complaints.empty());
            RC_ASSERT(page.samples.at(0).labels ==
                      (testing::MetricsText::Labels{
                          {"first", "1"},
                          {"second", nlohmann::json::parse(json).get<std::string>()},
                          {"third", "3"}}));
        }
    }));
}

}  // namespace
}  // namespace muster
