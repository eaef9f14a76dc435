// Which form a scraper gets, by the Accept fields that scrapers really send.
#include "muster/serve/metrics_format.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>

namespace muster {
namespace {

constexpr auto kText = PrometheusFormat::text;
constexpr auto kOpen = PrometheusFormat::openmetrics;

TEST(MetricsFormat, PrometheusGetsOpenMetrics) {
    // 2.42
    EXPECT_EQ(metrics_format_of("application/openmetrics-text;version=1.0.0,application/"
                                "openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;"
                                "q=0.5,*/*;q=0.1"),
              kOpen);
    // 3.x, with escaping schemes
    EXPECT_EQ(metrics_format_of("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;"
                                "q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;"
                                "version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;"
                                "version=0.0.4;q=0.2,*/*;q=0.1"),
              kOpen);
    EXPECT_EQ(metrics_format_of("application/openmetrics-text; version=\"1.0.0\"; charset=utf-8"),
              kOpen);
    EXPECT_EQ(metrics_format_of("Application/OpenMetrics-Text"), kOpen);
}

TEST(MetricsFormat, EverybodyElseGetsText) {
    EXPECT_EQ(metrics_format_of(std::nullopt), kText);
    EXPECT_EQ(metrics_format_of(""), kText);
    EXPECT_EQ(metrics_format_of("*/*"), kText);
    EXPECT_EQ(metrics_format_of("text/html,application/xhtml+xml,*/*;q=0.8"), kText);
    EXPECT_EQ(metrics_format_of("application/json"), kText) << "better than nothing";
    // A form older than the one we write.
    EXPECT_EQ(metrics_format_of("application/openmetrics-text; version=0.0.1,text/plain;q=0.5"),
              kText);
}

TEST(MetricsFormat, QualitiesDecide) {
    EXPECT_EQ(metrics_format_of("text/plain;q=0.9,application/openmetrics-text;q=0.8"), kText);
    EXPECT_EQ(metrics_format_of("text/plain;q=0.8,application/openmetrics-text;q=0.9"), kOpen);
    EXPECT_EQ(metrics_format_of("text/plain , application/openmetrics-text"), kOpen);
    EXPECT_EQ(metrics_format_of("application/openmetrics-text;q=0"), kText);
    EXPECT_EQ(metrics_format_of("application/openmetrics-text;q=odd"), kText);
    // Of another version, and so no reason to prefer text.
    EXPECT_EQ(metrics_format_of("text/plain;version=1.0.0,application/openmetrics-text;q=0.5"),
              kOpen);
    EXPECT_EQ(metrics_format_of(";,=,;q=1,application/openmetrics-text"), kOpen);
}

// Whatever a stranger sends before it, what is behind the comma counts.
TEST(MetricsFormat, RubbishDoesNotHideWhatFollows) {
    EXPECT_TRUE(rc::check([](const std::string& rubbish) {
        RC_ASSERT(metrics_format_of(rubbish + ",application/openmetrics-text;q=1") == kOpen);
    }));
}

}  // namespace
}  // namespace muster
