// Every answer that was recorded of an engine, and what it is taken for: tests/golden/engines and
// its expected.txt, a line for each. A change of a table or a reader shows here as what it does to
// genuine bytes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <iomanip>
#include <map>
#include <sstream>
#include <string>

#include "muster/engines/engine_reader.hpp"
#include "support/golden.hpp"
#include "support/places.hpp"

namespace muster {
namespace {

namespace fs = std::filesystem;
using testing_support::golden;

/// An answer's head as it was on the wire.
struct Head {
    int status = 200;
    std::map<std::string, std::string> fields = {};  ///< By their names in small letters.
};

Head head_of(const std::string& bytes) {
    Head head;
    std::istringstream lines(bytes);
    std::string line;
    std::getline(lines, line);
    head.status = std::stoi(line.substr(line.find(' ')));
    while (std::getline(lines, line) && line.size() > 1) {
        std::string name = line.substr(0, line.find(':'));
        std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
        std::string value = line.substr(line.find(':') + 1);
        value.erase(value.find_last_not_of("\r ") + 1);
        head.fields[name] = value.substr(std::min(value.find_first_not_of(' '), value.size()));
    }
    return head;
}

EngineDocument document_of(const std::string& name) {
    const auto has = [&](const char* part) { return name.find(part) != std::string::npos; };
    if (has("slots")) return EngineDocument::slots;
    if (has("props")) return EngineDocument::props;
    if (has("models")) return EngineDocument::models;
    if (has("loads")) return EngineDocument::loads;
    if (has("-load.")) return EngineDocument::server_load;
    if (has("load-idle")) return EngineDocument::server_load;
    return EngineDocument::metrics;
}

/// "running 3, waiting 9, ...": what is known.
std::string words_of(const Load& load) {
    std::ostringstream words;
    words << std::setprecision(10);
    for (std::size_t i = 0; i < kLoadFieldCount; ++i) {
        const auto field = static_cast<LoadField>(i);
        if (!load.known.has(field)) continue;
        words << ' ' << kLoadFieldNames[i] << '=';
        if (field == LoadField::kv_usage || field == LoadField::prefix_hit_rate)
            words << *load.fraction(field);
        else
            words << *load.count(field);
    }
    return words.str();
}

/// What a reader that knows nothing yet takes the recorded answer for, in a line.
std::string taken_for(const std::string& name) {
    const std::string path = "engines/" + name;
    const std::string body = golden(path);
    const std::string head_file = path.substr(0, path.rfind('.')) + ".head";
    Head head;
    if (fs::exists(fs::path(places::source_dir()) / "tests/golden" / head_file)) {
        head = head_of(golden(head_file));
    }
    const auto field = [&](const char* field_name) {
        const auto found = head.fields.find(field_name);
        return found == head.fields.end() ? std::string() : found->second;
    };
    const std::string type = field("content-type");
    const std::string start = field("process-start-time-unix");
    const EngineDocument document = document_of(name);
    EngineReader reader;
    (void)reader.next(Time(std::chrono::hours(1)));
    const DocumentVerdict verdict = reader.take({.document = document,
                                                 .target = path_of(document),
                                                 .status = head.status,
                                                 .content_type = type,
                                                 .body = body,
                                                 .received = Time(std::chrono::hours(1)),
                                                 .process_start = start});
    std::ostringstream line;
    line << name << ": " << head.status << ' ' << name_of(verdict.fate);
    if (verdict.bad_lines > 0) line << ", bad lines " << verdict.bad_lines;
    const EngineScrape scrape = reader.finish();
    if (scrape.engine) line << ", " << name_of(*scrape.engine);
    for (const std::string& model : scrape.models) line << ' ' << model;
    for (const EngineReport& report : scrape.reports) {
        line << ';';
        if (report.rank) line << " rank " << *report.rank;
        line << words_of(report.load);
        if (report.progress) line << " progress=" << *report.progress;
        if (report.requests_total) line << " requests=" << *report.requests_total;
    }
    return line.str();
}

TEST(EngineGolden, EveryRecordedAnswerIsTakenForWhatItWas) {
    std::map<std::string, std::string> expected;
    std::istringstream lines(golden("engines/expected.txt"));
    for (std::string line; std::getline(lines, line);)
        expected[line.substr(0, line.find(':'))] = line;
    const fs::path root = fs::path(places::source_dir()) / "tests/golden/engines";
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
        if (!entry.is_regular_file() || entry.path().parent_path() == root) continue;
        if (entry.path().extension() == ".head") continue;
        const std::string name = fs::relative(entry.path(), root);
        EXPECT_EQ(taken_for(name), expected[name]);
        expected.erase(name);
    }
    for (const auto& [name, line] : expected) ADD_FAILURE() << line << ": is not there";
}

}  // namespace
}  // namespace muster
