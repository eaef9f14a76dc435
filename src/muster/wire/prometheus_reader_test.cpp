// Pages of both text forms, good and bad: what is wanted comes out, once, and nothing else matters.
#include "muster/wire/prometheus_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "muster/wire/detail/sample_line.hpp"
#include "muster/wire/prometheus_text.hpp"
#include "support/golden.hpp"

namespace muster {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Taken {
    std::string series;
    std::map<std::string, std::string> labels;
    double value = 0.0;
    std::optional<std::int64_t> timestamp_ms;
};

struct PageRead {
    std::vector<Taken> samples;
    PageCounts counts;

    [[nodiscard]] std::vector<double> values() const {
        std::vector<double> values;
        for (const Taken& sample : samples) values.push_back(sample.value);
        return values;
    }
};

PageRead read_page(const std::string& page, const std::vector<WantedSeries>& wanted,
                   ExpositionForm form = ExpositionForm::text) {
    PageRead read;
    PrometheusReader reader;
    const WantedSeriesSet set(wanted);
    read.counts = reader.read(page, form, set, [&](const WantedSample& sample) {
        Taken taken{
            std::string(wanted[sample.series].sample), {}, sample.value, sample.timestamp_ms};
        for (const SampleLabel& label : sample.labels) {
            taken.labels.emplace(label.name, label.value);
        }
        read.samples.push_back(std::move(taken));
    });
    return read;
}

PageRead read_gauge(const std::string& page, ExpositionForm form = ExpositionForm::text) {
    return read_page(page, {{"a_gauge", SeriesPart::gauge}}, form);
}

TEST(PrometheusReader, TortureGivesWhatTheStrictParserGives) {
    const std::string page =
        "\n"
        "# just a comment\n"
        "#\n"
        "# HELP a_gauge back\\\\slash and new\\nline\n"
        "# TYPE a_gauge gauge\n"
        "  a_gauge{path=\"C:\\\\dir\\\\f\",msg=\"say \\\"hi\\\"\\n\",empty=\"\"} 1.5e-3 "
        "1760000000123\n"
        "a_gauge{ path = \"x\" , msg = \"y\" , empty = \"z\" , } +Inf\n"
        "a_gauge{path=\"{,}= #\",msg=\"\xC3\xA9\",empty=\"\\\\\"}\tNaN\n"
        "a_gauge{} -Inf\n"
        "no_type_line -0\n"
        "u:total 1e+06\n";
    const PageRead read = read_page(page, {{"a_gauge", SeriesPart::gauge},
                                           {"no_type_line", SeriesPart::gauge},
                                           {"u:total", SeriesPart::counter}});
    ASSERT_EQ(read.samples.size(), 6U);
    EXPECT_EQ(read.counts.bad_lines, 0U);
    EXPECT_EQ(read.samples[0].value, 0.0015);
    EXPECT_EQ(read.samples[0].timestamp_ms, 1760000000123);
    EXPECT_EQ(read.samples[0].labels.at("msg"), "say \"hi\"\n");
    EXPECT_EQ(read.samples[0].labels.at("path"), "C:\\dir\\f");
    EXPECT_EQ(read.samples[1].value, std::numeric_limits<double>::infinity());
    EXPECT_TRUE(std::isnan(read.samples[2].value));
    EXPECT_EQ(read.samples[2].labels.at("path"), "{,}= #");
    EXPECT_EQ(read.samples[2].labels.at("empty"), "\\");
    EXPECT_EQ(read.samples[3].value, -std::numeric_limits<double>::infinity());
    EXPECT_TRUE(std::signbit(read.samples[4].value));
    EXPECT_EQ(read.samples[5].value, 1000000.0);
}

TEST(PrometheusReader, ABadLineCostsItselfOnly) {
    for (const char* bad : {"a_gauge{,} 1",
                            "a_gauge{b=\"c\",,} 1",
                            "a_gauge{b='c'} 1",
                            "a_gauge{b=c} 1",
                            "a_gauge{b=\"c\" d=\"e\"} 1",
                            "a_gauge{b=\"c\",b=\"d\"} 1",
                            "a_gauge{b:c=\"d\"} 1",
                            "a_gauge{b=\"c} 1",
                            "a_gauge{b=\"c\"",
                            "a_gauge",
                            "a_gauge x",
                            "a_gauge 0x10",
                            "a_gauge 1_0",
                            "a_gauge 1e400",
                            "a_gauge -NaN",
                            "a_gauge ++1",
                            "a_gauge 1 1.5",
                            "a_gauge 1 1e3",
                            "a_gauge 1 2 3",
                            "a_gauge 1,5",
                            "a_gauge nan(1)",
                            "a_gauge{1b=\"c\"} 1"}) {
        const PageRead read =
            read_gauge(std::string("a_gauge{x=\"1\"} 1\n") + bad + "\na_gauge{x=\"2\"} 2\n");
        EXPECT_THAT(read.values(), ElementsAre(1.0, 2.0)) << bad;
        EXPECT_EQ(read.counts.bad_lines, 1U) << bad;
    }
}

TEST(PrometheusReader, TakesWhatEitherKnownParserTakes) {
    for (const char* good :
         {"a_gauge 7", "a_gauge\t7", "a_gauge   7   ", "a_gauge{} 7", "a_gauge {b=\"c\"} 7",
          " a_gauge 7", "a_gauge{b=\"c\",} 7", "a_gauge{ b = \"c\" } 7",
          "a_gauge{\t b\t=\t\"c\"\t,\t} 7", "a_gauge +7", "a_gauge 7.", "a_gauge 7e0",
          "a_gauge 7 -5", "a_gauge 7 123 ", "a_gauge{b=\"\\q\"} 7", "a_gauge 7 # {trace=\"x\"} 1",
          "{\"a_gauge\"} 7", "{\"a_gauge\",\"b.c\"=\"d\"} 7", "a_gauge 7\r"}) {
        const PageRead read = read_gauge(std::string(good) + "\n");
        EXPECT_THAT(read.values(), ElementsAre(7.0)) << good;
        EXPECT_EQ(read.counts.bad_lines, 0U) << good;
    }
    EXPECT_EQ(read_gauge("a_gauge{b=\"\\q\"} 7\n").samples[0].labels.at("b"), "\\q");
}

TEST(PrometheusReader, WholeNamesOnly) {
    const PageRead read = read_page(
        "vllm:num_requests_waiting_by_reason{reason=\"capacity\"} 9\n"
        "vllm:num_requests_waiting{engine=\"0\"} 3\n"
        "xvllm:num_requests_waiting 4\n"
        "vllm:num_requests_wait 5\n",
        {{"vllm:num_requests_waiting", SeriesPart::gauge}});
    EXPECT_THAT(read.values(), ElementsAre(3.0));
}

TEST(PrometheusReader, TheTypeLineDecidesWhatASuffixMeans) {
    const std::vector<WantedSeries> wanted = {{"steps_total_count", SeriesPart::count},
                                              {"steps_total", SeriesPart::counter}};
    EXPECT_THAT(read_page("# TYPE steps_total histogram\n"
                          "steps_total_bucket{le=\"+Inf\"} 5\nsteps_total_count 5\n"
                          "# TYPE steps_total_created gauge\nsteps_total_created 1.7e9\n",
                          wanted)
                    .values(),
                ElementsAre(5.0));
    const PageRead gauge = read_page("# TYPE steps_total gauge\nsteps_total 3\n", wanted);
    EXPECT_THAT(gauge.samples, IsEmpty());
    EXPECT_EQ(gauge.counts.mistyped, 1U);
    EXPECT_THAT(read_page("# TYPE steps counter\nsteps_total 3\n", wanted).values(),
                ElementsAre(3.0));
    EXPECT_THAT(read_page("# TYPE steps_total untyped\nsteps_total 3\n", wanted).values(),
                ElementsAre(3.0));
    EXPECT_THAT(read_page("steps_total 3\n", wanted).values(), ElementsAre(3.0));
    // A gauge may end in _count, a summary has one of its own.
    EXPECT_THAT(read_page("# TYPE pending_count gauge\npending_count 2\n",
                          {{"pending_count", SeriesPart::gauge}})
                    .values(),
                ElementsAre(2.0));
    EXPECT_THAT(read_page("# TYPE size summary\nsize_count{h=\"/x\"} 2\nsize_sum{h=\"/x\"} 9\n",
                          {{"size_count", SeriesPart::count}, {"size_sum", SeriesPart::sum}})
                    .values(),
                ElementsAre(2.0, 9.0));
}

TEST(PrometheusReader, ATypeLineThatIsNoneChangesNothing) {
    EXPECT_THAT(read_gauge("#TYPE a_gauge histogram\na_gauge 1\n").values(), ElementsAre(1.0));
    EXPECT_THAT(read_gauge("# TYPE a_gaug histogram\na_gauge 1\n").values(), ElementsAre(1.0));
    const PageRead unknown = read_gauge("# TYPE a_gauge Gauge\na_gauge 1\n");
    EXPECT_THAT(unknown.values(), ElementsAre(1.0));
    EXPECT_EQ(unknown.counts.bad_lines, 1U);
    EXPECT_THAT(read_gauge("#\t TYPE   a_gauge\tgauge \na_gauge 1\n").values(), ElementsAre(1.0));
}

TEST(PrometheusReader, WhatOnlyOneKnownParserTakesIsTakenToo) {
    // Leading blanks, a type that comes twice or late, a family in two pieces.
    EXPECT_THAT(read_gauge("  # TYPE a_gauge gauge\r\n\ta_gauge 1\r\n").values(), ElementsAre(1.0));
    EXPECT_THAT(read_gauge("# TYPE a_gauge gauge\n# TYPE a_gauge gauge\na_gauge 1\n").values(),
                ElementsAre(1.0));
    EXPECT_THAT(read_gauge("a_gauge 1\n# TYPE a_gauge gauge\nb 2\na_gauge{x=\"1\"} 3\n").values(),
                ElementsAre(1.0, 3.0));
    // A type without a word tells none; help may be empty.
    const PageRead wordless = read_gauge("# HELP a_gauge\n# TYPE a_gauge\na_gauge 1\n");
    EXPECT_THAT(wordless.values(), ElementsAre(1.0));
    EXPECT_EQ(wordless.counts.bad_lines, 1U);
    // A raw line feed in a label's value ends the line: it costs that sample, and no other.
    const PageRead torn = read_gauge("a_gauge{b=\"x\ny\"} 1\na_gauge 2\n");
    EXPECT_THAT(torn.values(), ElementsAre(2.0));
    EXPECT_EQ(torn.counts.bad_lines, 1U);
    // A value that is no UTF-8 is passed on as it is.
    EXPECT_EQ(read_gauge("a_gauge{b=\"\xFF\"} 1\n").samples.at(0).labels.at("b"), "\xFF");
}

TEST(PrometheusReader, OpenMetricsHasTypesOfItsOwn) {
    const auto typed = [](const std::string& type) {
        return read_page("# TYPE x " + type + "\n# UNIT x seconds\nx_sum 1\nx_info 2\n# EOF\n",
                         {{"x_sum", SeriesPart::sum}, {"x_info", SeriesPart::gauge}},
                         ExpositionForm::openmetrics);
    };
    EXPECT_THAT(typed("gaugehistogram").values(), ElementsAre(1.0));
    EXPECT_THAT(typed("info").values(), ElementsAre(2.0));
    EXPECT_THAT(typed("unknown").values(), ElementsAre(1.0, 2.0));
    EXPECT_EQ(typed("stateset").counts.bad_lines, 0U);
}

TEST(PrometheusReader, TheFirstOfEqualSamplesCounts) {
    const PageRead read = read_gauge(
        "a_gauge{x=\"1\"} 1\na_gauge{x=\"2\"} 2\na_gauge{x=\"1\"} 3\na_gauge 4\na_gauge 5\n");
    EXPECT_THAT(read.values(), ElementsAre(1.0, 2.0, 4.0));
    EXPECT_EQ(read.counts.duplicates, 2U);
}

TEST(PrometheusReader, TheLastLineMayLackItsEnd) {
    EXPECT_THAT(read_gauge("a_gauge 1").values(), ElementsAre(1.0));
    EXPECT_THAT(read_gauge("").values(), IsEmpty());
    EXPECT_THAT(read_gauge("\n\r\n \n").values(), IsEmpty());
}

TEST(PrometheusReader, OpenMetricsEndsAtItsMarkAndStampsInSeconds) {
    const std::string page =
        "# TYPE a_gauge gauge\na_gauge 1 1520430000.5\n# EOF\na_gauge{b=\"c\"} 2\n";
    const PageRead read = read_gauge(page, ExpositionForm::openmetrics);
    EXPECT_THAT(read.values(), ElementsAre(1.0));
    EXPECT_EQ(read.samples[0].timestamp_ms, 1520430000500);
    // In classic text it is a comment.
    EXPECT_THAT(read_gauge("a_gauge 1\n# EOF\na_gauge{b=\"c\"} 2\n").values(),
                ElementsAre(1.0, 2.0));
    EXPECT_THAT(read_gauge("a_gauge 1 9e99\n", ExpositionForm::openmetrics).values(), IsEmpty());
}

TEST(PrometheusReader, KnowsTheFormByItsContentType) {
    EXPECT_EQ(exposition_form_of("text/plain; version=0.0.4; charset=utf-8"), ExpositionForm::text);
    EXPECT_EQ(exposition_form_of("text/plain; version=1.0.0; charset=utf-8"), ExpositionForm::text);
    EXPECT_EQ(exposition_form_of("Text/Plain"), ExpositionForm::text);
    EXPECT_EQ(exposition_form_of("application/openmetrics-text; version=1.0.0"),
              ExpositionForm::openmetrics);
    EXPECT_EQ(exposition_form_of("application/openmetrics-text; version=1.0.0; charset=utf-8; "
                                 "escaping=underscores"),
              ExpositionForm::openmetrics)
        << "vLLM at /metrics/, asked for it";
    EXPECT_EQ(exposition_form_of("text/html"), std::nullopt);
    EXPECT_EQ(exposition_form_of(""), std::nullopt);
}

TEST(PrometheusReader, AnEndlessPageIsBounded) {
    std::string page;
    for (int i = 0; i < 6000; ++i) page += "a_gauge{i=\"" + std::to_string(i) + "\"} 1\n";
    const PageRead read = read_gauge(page);
    EXPECT_EQ(read.samples.size(), 4096U);
    EXPECT_EQ(read.counts.left_out, 6000U - 4096U);
    std::string labels = "a_gauge{";
    for (int i = 0; i < 200; ++i) labels += "l" + std::to_string(i) + "=\"x\",";
    EXPECT_EQ(read_gauge(labels + "} 1\n").counts.bad_lines, 1U);
}

TEST(PrometheusReader, NumbersAsGoReadsThem) {
    using detail::read_sample_value;
    EXPECT_EQ(read_sample_value("1.7954289215164082e+09"), 1795428921.5164082);
    EXPECT_EQ(read_sample_value(".5"), 0.5);
    EXPECT_EQ(read_sample_value("+1"), 1.0);
    EXPECT_EQ(read_sample_value("1e-400"), 0.0);
    EXPECT_EQ(read_sample_value("-Inf"), -std::numeric_limits<double>::infinity());
    EXPECT_EQ(read_sample_value("Infinity"), std::numeric_limits<double>::infinity());
    EXPECT_TRUE(std::isnan(read_sample_value("NAN").value()));
    for (const char* none : {"", "+", "-", "+-1", "0x1", "1e400", "-nan", "+nan", "nan(2)", "1 "}) {
        EXPECT_EQ(read_sample_value(none), std::nullopt) << none;
    }
}

TEST(PrometheusReader, ReadsBackWhatOurWriterWrites) {
    rc::check("any label and value, in both forms", [](const std::string& text,
                                                       const std::vector<double>& numbers) {
        for (const auto form : {PrometheusFormat::text, PrometheusFormat::openmetrics}) {
            std::string page;
            PrometheusWriter writer(page, form);
            writer.family({.name = "a_gauge", .help = "Help."});
            std::vector<double> written;
            for (const double number : numbers) {
                if (!std::isfinite(number)) continue;
                std::string labels;
                append_label(labels, "text", text);
                append_label(labels, "i", std::to_string(written.size()));
                writer.number({.own = labels}, number);
                written.push_back(number);
            }
            writer.finish();
            const PageRead read = read_gauge(page, *exposition_form_of(content_type_of(form)));
            RC_ASSERT(read.values() == written);
            RC_ASSERT(read.counts.bad_lines == 0U);
            for (std::size_t i = 1; i < read.samples.size(); ++i) {
                RC_ASSERT(read.samples[i].labels.at("text") == read.samples[0].labels.at("text"));
            }
        }
    });
}

TEST(PrometheusReader, ASampleIsFoundWhereverItStands) {
    // The name's first bytes are compared at once where there is room, else with care: both ends.
    rc::check("among junk of any length", [](const std::string& before, const std::string& after) {
        const auto clean = [](std::string text) {
            for (char& c : text) {
                if (c == '\n') c = ' ';
            }
            return "#" + text;
        };
        const std::string page = clean(before) + "\na_gauge 5\n" + clean(after);
        RC_ASSERT(read_gauge(page).values() == std::vector<double>{5.0});
    });
}

}  // namespace
}  // namespace muster
