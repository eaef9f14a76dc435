// A page is one pass of lines. What a line is, its first bytes tell: a comment, a series that is
// not wanted (nearly all of them), or one that is.
#include "muster/wire/prometheus_reader.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "muster/base/limits.hpp"
#include "muster/wire/detail/line_ends.hpp"
#include "muster/wire/detail/name_index.hpp"
#include "muster/wire/detail/sample_line.hpp"

namespace muster {

namespace {

using detail::NameIndex;

/// What a TYPE line says, as far as it matters to a SeriesPart.
enum class FamilyKind : std::uint8_t { gauge, counter, distribution, any, not_a_type };

FamilyKind kind_of(std::string_view word) {
    if (word == "gauge" || word == "info" || word == "stateset") return FamilyKind::gauge;
    if (word == "counter") return FamilyKind::counter;
    if (word == "histogram" || word == "summary" || word == "gaugehistogram") {
        return FamilyKind::distribution;
    }
    if (word == "untyped" || word == "unknown") return FamilyKind::any;
    return FamilyKind::not_a_type;
}

bool fits(SeriesPart part, FamilyKind kind) {
    switch (part) {
        case SeriesPart::gauge: return kind == FamilyKind::gauge || kind == FamilyKind::any;
        case SeriesPart::counter: return kind == FamilyKind::counter || kind == FamilyKind::any;
        default: return kind == FamilyKind::distribution || kind == FamilyKind::any;
    }
}

std::string_view without(std::string_view name, std::string_view suffix) {
    if (name.size() > suffix.size() && name.ends_with(suffix)) name.remove_suffix(suffix.size());
    return name;
}

/// The next token of a comment; `text` goes on behind it.
std::string_view next_token(std::string_view& text) {
    while (!text.empty() && detail::is_blank(text.front())) text.remove_prefix(1);
    const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
    const std::string_view token = text.substr(0, end);
    text.remove_prefix(end);
    return token;
}

/// A line, or its rest, without a carriage return at its end.
std::string_view line_text(const char* begin, const char* end) {
    const std::string_view text(begin, static_cast<std::size_t>(end - begin));
    return text.ends_with('\r') ? text.substr(0, text.size() - 1) : text;
}

/// Labels and series in one number; equal ones are the same sample.
std::uint64_t sample_key(std::size_t series, std::string_view labels) {
    constexpr std::uint64_t kPrime = 0x9E37'79B9'7F4A'7C15;
    std::uint64_t key = (series + 1) * kPrime + labels.size();
    while (labels.size() >= sizeof key) {
        std::uint64_t word = 0;
        std::memcpy(&word, labels.data(), sizeof word);
        key = (std::rotl(key, 23) ^ word) * kPrime;
        labels.remove_prefix(sizeof word);
    }
    for (const char c : labels) key = (std::rotl(key, 23) ^ static_cast<unsigned char>(c)) * kPrime;
    return key ^ (key >> 31);
}

/// Nearly all lines: HELP, and series that nobody wants. `at` has kHeadMax bytes that can be read.
bool is_passed_over(const NameIndex& samples, const char* at) {
    if (*at == '#') return at[1] == ' ' && at[2] == 'H';
    // Below it stand blanks and the end of an empty line.
    return static_cast<unsigned char>(*at) > '#' && *at != '{' && samples.none_at(at);
}

}  // namespace

/// Names of samples, and of the families that TYPE lines speak of.
struct WantedSeriesSet::Index {
    std::vector<SeriesPart> parts;
    NameIndex samples;
    NameIndex families;
    /// By family (an answer of `families`): the series whose type it is.
    std::vector<std::vector<std::size_t>> members;
};

WantedSeriesSet::WantedSeriesSet(std::span<const WantedSeries> wanted) {
    std::vector<std::pair<std::string, std::size_t>> samples;
    std::vector<std::pair<std::string, std::size_t>> families;
    std::vector<std::vector<std::size_t>> members;
    std::vector<SeriesPart> parts;
    const auto add_family = [&](std::string_view name, std::size_t series) {
        for (const auto& family : families) {
            if (family.first == name) return members[family.second].push_back(series);
        }
        families.emplace_back(name, members.size());
        members.push_back({series});
    };
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const std::string_view name = wanted[i].sample;
        samples.emplace_back(name, i);
        parts.push_back(wanted[i].part);
        switch (wanted[i].part) {
            case SeriesPart::gauge:
                add_family(name, i);
                if (name.ends_with("_info")) add_family(without(name, "_info"), i);
                break;
            case SeriesPart::counter:
                add_family(name, i);
                if (name.ends_with("_total")) add_family(without(name, "_total"), i);
                break;
            case SeriesPart::count: add_family(without(name, "_count"), i); break;
            case SeriesPart::sum: add_family(without(name, "_sum"), i); break;
        }
    }
    index_ = std::make_unique<const Index>(
        Index{std::move(parts), NameIndex(samples), NameIndex(families), std::move(members)});
}

WantedSeriesSet::~WantedSeriesSet() = default;
WantedSeriesSet::WantedSeriesSet(WantedSeriesSet&&) noexcept = default;
WantedSeriesSet& WantedSeriesSet::operator=(WantedSeriesSet&&) noexcept = default;

std::size_t WantedSeriesSet::size() const noexcept {
    return index_->parts.size();
}

std::optional<ExpositionForm> exposition_form_of(std::string_view content_type) {
    std::string type;
    for (const char c : content_type.substr(0, content_type.find(';'))) {
        if (!detail::is_blank(c))
            type.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
    }
    if (type == "text/plain") return ExpositionForm::text;
    if (type == "application/openmetrics-text") return ExpositionForm::openmetrics;
    return std::nullopt;
}

std::optional<std::string_view> WantedSample::label(std::string_view name) const noexcept {
    for (const SampleLabel& label : labels) {
        if (label.name == name) return label.value;
    }
    return std::nullopt;
}

struct PrometheusReader::Workings {
    const WantedSeriesSet::Index* wanted = nullptr;
    ExpositionForm form = ExpositionForm::text;
    const Take* take = nullptr;
    PageCounts counts;
    detail::SampleLine line;
    std::vector<char> refused;        // By series: the page says it is of another type.
    std::vector<std::uint64_t> seen;  // Keys of the samples handed out.

    bool read_comment(const char* begin, const char* end, const char* page_end);
    void read_type(std::size_t family, std::string_view word);
    void read_sample(NameIndex::Found found, std::string_view text);
    void read_quoted_name(std::string_view text);
    void hand_out(std::size_t series, std::string_view text);
    bool read_line(const char* begin, const char* end, const char* page_end);
};

PrometheusReader::PrometheusReader() : workings_(std::make_unique<Workings>()) {}
PrometheusReader::~PrometheusReader() = default;
PrometheusReader::PrometheusReader(PrometheusReader&&) noexcept = default;
PrometheusReader& PrometheusReader::operator=(PrometheusReader&&) noexcept = default;

/// `word`: behind the family's name on a TYPE line.
void PrometheusReader::Workings::read_type(std::size_t family, std::string_view word) {
    const FamilyKind kind = kind_of(next_token(word));
    if (kind == FamilyKind::not_a_type) {
        ++counts.bad_lines;
        return;
    }
    for (const std::size_t series : wanted->members[family]) {
        refused[series] = fits(wanted->parts[series], kind) ? 0 : 1;
    }
}

/// False at the end mark of OpenMetrics.
bool PrometheusReader::Workings::read_comment(const char* begin, const char* end,
                                              const char* page_end) {
    // HELP is half of them: looked at no further. "#TYPE" without a blank is a comment.
    if (end - begin < 3 || !detail::is_blank(begin[1]) || begin[2] == 'H') return true;
    constexpr std::string_view kType = "# TYPE ";
    if (static_cast<std::size_t>(page_end - begin) >= kType.size() + NameIndex::kHeadMax &&
        std::memcmp(begin, kType.data(), kType.size()) == 0 && detail::is_name_char(begin[7])) {
        const char* const name = begin + kType.size();
        const NameIndex::Found found = wanted->families.find_at(name, end);
        if (found.answer != NameIndex::kNone) {
            read_type(found.answer, line_text(name + found.size, end));
        }
        return true;
    }
    std::string_view text = line_text(begin, end);
    if (form == ExpositionForm::openmetrics && text == "# EOF") return false;
    text.remove_prefix(1);
    if (next_token(text) != "TYPE") return true;
    std::string_view name = next_token(text);
    if (name.size() > 2 && name.front() == '"' && name.back() == '"') {
        name = name.substr(1, name.size() - 2);
    }
    const NameIndex::Found found = wanted->families.find_at(name);
    if (found.answer != NameIndex::kNone && found.size == name.size()) {
        read_type(found.answer, text);
    }
    return true;
}

/// `text`: a line that begins with a wanted name.
void PrometheusReader::Workings::read_sample(NameIndex::Found found, std::string_view text) {
    std::string_view name = text.substr(0, found.size);
    if (!line.read(text.substr(found.size), form, name)) {
        ++counts.bad_lines;
        return;
    }
    hand_out(found.answer, text);
}

/// Text 1.0.0: the name is the first quoted item in the braces.
void PrometheusReader::Workings::read_quoted_name(std::string_view text) {
    std::string_view name;
    if (!line.read(text, form, name)) return;
    const NameIndex::Found found = wanted->samples.find_at(name);
    if (found.answer != NameIndex::kNone && found.size == name.size()) {
        hand_out(found.answer, text);
    }
}

void PrometheusReader::Workings::hand_out(std::size_t series, std::string_view text) {
    if (refused[series] != 0) {
        ++counts.mistyped;
        return;
    }
    if (seen.size() == kWantedSamplesMax) {
        ++counts.left_out;
        return;
    }
    const std::uint64_t key = sample_key(series, line.label_text());
    if (std::find(seen.begin(), seen.end(), key) != seen.end()) {
        ++counts.duplicates;
        return;
    }
    seen.push_back(key);
    ++counts.samples;
    (*take)({.series = series,
             .labels = line.labels(),
             .value = line.value(),
             .timestamp_ms = line.timestamp_ms(),
             .line = text});
}

/// False at the end mark of OpenMetrics.
bool PrometheusReader::Workings::read_line(const char* begin, const char* end,
                                           const char* page_end) {
    if (begin == end) return true;
    if (*begin == '#') return read_comment(begin, end, page_end);
    const NameIndex::Found found =
        static_cast<std::size_t>(page_end - begin) >= NameIndex::kHeadMax
            ? wanted->samples.find_at(begin, end)
            : wanted->samples.find_at({begin, static_cast<std::size_t>(end - begin)});
    if (found.answer != NameIndex::kNone) {
        read_sample(found, line_text(begin, end));
    } else if (detail::is_blank(*begin)) {
        const std::string_view text = line_text(begin, end);
        const std::size_t first = text.find_first_not_of(" \t");
        if (first == std::string_view::npos) return true;
        return read_line(begin + first, begin + text.size(), page_end);
    } else if (*begin == '{') {
        read_quoted_name(line_text(begin, end));
    }
    return true;
}

PageCounts PrometheusReader::read(std::string_view page, ExpositionForm form,
                                  const WantedSeriesSet& wanted, const Take& take) {
    Workings& work = *workings_;
    work.wanted = wanted.index_.get();
    work.form = form;
    work.take = &take;
    work.counts = {};
    work.refused.assign(wanted.size(), 0);
    work.seen.clear();
    const char* at = page.data();
    const char* const page_end = at + page.size();
    detail::LineEnds ends(at, page_end);
    while (at < page_end) {
        const char* const end = ends.next();
        if (static_cast<std::size_t>(page_end - at) >= NameIndex::kHeadMax &&
            is_passed_over(work.wanted->samples, at)) {
            at = end + 1;
            continue;
        }
        if (!work.read_line(at, end, page_end)) break;
        at = end + 1;
    }
    return work.counts;
}

}  // namespace muster
