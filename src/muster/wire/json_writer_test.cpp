// The writer against an independent reader: what is written reads back as what was meant.
#include "muster/wire/json_writer.hpp"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace muster {
namespace {

using nlohmann::json;

TEST(JsonWriter, PutsCommasWhereTheyBelong) {
    std::string out;
    JsonWriter w(out);
    w.begin_object().key("a").begin_array().integer(1).integer(-2).begin_object().end_object();
    w.begin_array().end_array().end_array().key("b").boolean(true).key("c").null();
    w.key("d").string("x").end_object();
    EXPECT_EQ(out, R"({"a":[1,-2,{},[]],"b":true,"c":null,"d":"x"})");
}

TEST(JsonWriter, LeavesWhatIsThereAlone) {
    std::string out = "data: ";
    JsonWriter(out).begin_array().integer(1).end_array();
    EXPECT_EQ(out, "data: [1]");
}

TEST(JsonWriter, JoinsRawPieces) {
    std::string out;
    JsonWriter w(out);
    w.begin_object().raw(R"("id":"x","n":1)").key("age").fixed(41.74, 1).raw(R"("z":[])");
    w.end_object();
    EXPECT_EQ(out, R"({"id":"x","n":1,"age":41.7,"z":[]})");
}

TEST(JsonWriter, AStringThatEndsInABracketStillGetsItsComma) {
    std::string out;
    JsonWriter(out).begin_array().string("[").string("{").string(":").string(",").end_array();
    EXPECT_EQ(out, R"(["[","{",":",","])");
}

std::string number(double value) {
    std::string out;
    JsonWriter(out).number(value);
    return out;
}

std::string fraction(double value) {
    std::string out;
    JsonWriter(out).fraction(value);
    return out;
}

TEST(JsonWriter, NumbersAreShortestAndNeverNan) {
    EXPECT_EQ(number(30.0), "30");
    EXPECT_EQ(number(21.602468994692867), "21.602468994692867");
    EXPECT_EQ(number(0.0), "0");
    EXPECT_EQ(number(std::nan("")), "null");
    EXPECT_EQ(number(std::numeric_limits<double>::infinity()), "null");
    EXPECT_EQ(number(-std::numeric_limits<double>::infinity()), "null");
}

TEST(JsonWriter, FractionsOfFloatsAreAsShortAsTheFloat) {
    EXPECT_EQ(fraction(0.4124999940395355), "0.4125");
    EXPECT_EQ(fraction(0.3679441809654236), "0.36794418");
    EXPECT_EQ(fraction(0.1), "0.1") << "no float, so as a double";
    EXPECT_EQ(fraction(1.0), "1");
    EXPECT_EQ(fraction(std::nan("")), "null");
    EXPECT_EQ(fraction(1e300), "1e+300");
}

TEST(JsonWriter, IdsAreDecimalStrings) {
    std::string out;
    JsonWriter(out).id_string(18446744073709551615ULL);
    EXPECT_EQ(out, "\"18446744073709551615\"");
}

TEST(JsonWriter, ExtremesFitTheirBuffers) {
    std::string out;
    JsonWriter w(out);
    w.begin_array();
    w.integer(std::numeric_limits<std::int64_t>::min());
    w.integer(std::numeric_limits<std::uint64_t>::max());
    w.number(-std::numeric_limits<double>::denorm_min());
    w.number(-1.7976931348623157e308);
    w.fixed(-1.7976931348623157e308, 9);
    w.end_array();
    const json back = json::parse(out);
    EXPECT_EQ(back[0], std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(back[1], std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(back[2].get<double>(), -std::numeric_limits<double>::denorm_min());
    EXPECT_EQ(back[3].get<double>(), -1.7976931348623157e308);
    EXPECT_EQ(back[4].get<double>(), -1.7976931348623157e308);
}

TEST(JsonWriter, ControlCharactersAndQuotesAreEscaped) {
    std::string out;
    append_json_string(out, std::string_view("a\"b\\c\n\r\t\b\f\0\x1f\x7f", 13));
    EXPECT_EQ(out, "\"a\\\"b\\\\c\\n\\r\\t\\b\\f\\u0000\\u001f\x7f\"");
}

TEST(JsonWriter, BytesThatAreNoUtf8BecomeReplacementCharacters) {
    const auto written = [](std::string_view text) {
        std::string out;
        append_json_string(out, text);
        return out.substr(1, out.size() - 2);
    };
    const std::string bad = "\xEF\xBF\xBD";
    EXPECT_EQ(written("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"),
              "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80");
    EXPECT_EQ(written("\x80"), bad);
    EXPECT_EQ(written("\xC0\xAF"), bad + bad) << "overlong";
    EXPECT_EQ(written("\xED\xA0\x80"), bad + bad + bad) << "a surrogate";
    EXPECT_EQ(written("\xF4\x90\x80\x80"), bad + bad + bad + bad) << "beyond U+10FFFF";
    EXPECT_EQ(written("a\xE2\x82"), "a" + bad + bad) << "cut off";
}

RC_GTEST_PROP(JsonWriter, AnyBytesGiveAStringThatReadsBack, (const std::string& text)) {
    std::string out;
    append_json_string(out, text);
    const json back = json::parse(out);
    const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return c >= 0; });
    if (ascii) RC_ASSERT(back.get<std::string>() == text);
}

RC_GTEST_PROP(JsonWriter, AnyDoubleReadsBackTheSame, (std::uint64_t bits)) {
    const auto value = std::bit_cast<double>(bits);
    RC_PRE(std::isfinite(value));
    RC_ASSERT(json::parse(number(value)).get<double>() == value);
    const double narrow = static_cast<double>(static_cast<float>(std::fmod(value, 2.0)));
    RC_ASSERT(static_cast<float>(json::parse(fraction(narrow)).get<double>()) ==
              static_cast<float>(narrow));
}

}  // namespace
}  // namespace muster
