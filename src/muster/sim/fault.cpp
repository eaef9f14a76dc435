// The one table of faults, and their parsers.
#include "muster/sim/fault.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include "muster/base/duration_text.hpp"

namespace muster {
namespace {

constexpr std::uint32_t kLastWorker = std::numeric_limits<std::uint32_t>::max();

struct FaultWord {
    FaultKind kind;
    std::string_view name;
    std::string_view amount;  ///< What stands behind '='; empty if nothing may.
    std::uint32_t least = 0;
    std::uint32_t most = 0;
    bool on_nats = true;
    bool on_http = true;

    [[nodiscard]] bool is_of(FaultRealm realm) const noexcept {
        return realm == FaultRealm::nats ? on_nats : on_http;
    }
};

/// In the order of FaultKind.
constexpr std::array<FaultWord, 18> kWords = {{
    {FaultKind::slow, "slow", "MS", 1, kSlowMsMax},
    {FaultKind::mute, "mute", ""},
    {FaultKind::dead, "dead", ""},
    {FaultKind::restart, "restart", ""},
    {FaultKind::twice, "twice", "", 0, 0, true, false},
    {FaultKind::garbage, "garbage", ""},
    {FaultKind::nan, "nan", ""},
    {FaultKind::zeros, "zeros", ""},
    {FaultKind::stopped, "stopped", ""},
    {FaultKind::frozen, "frozen", ""},
    {FaultKind::ranks, "ranks", "N", 2, kRanksMax},
    {FaultKind::flood, "flood", "N", 1, kFloodEndpointsMax},
    {FaultKind::refuse, "refuse", "", 0, 0, false, true},
    {FaultKind::reset, "reset", "", 0, 0, false, true},
    {FaultKind::half, "half", "", 0, 0, false, true},
    {FaultKind::drip, "drip", "", 0, 0, false, true},
    {FaultKind::hang, "hang", "", 0, 0, false, true},
    {FaultKind::status, "status", "CODE", 300, 599, false, true},
}};

std::string all_words(FaultRealm realm) {
    std::vector<std::string> words;
    for (const FaultWord& word : kWords) {
        if (!word.is_of(realm)) continue;
        words.push_back(word.amount.empty() ? std::string(word.name)
                                            : fmt::format("{}={}", word.name, word.amount));
    }
    return fmt::format("{}", fmt::join(words, ", "));
}

std::unexpected<Error> bad_fault(std::string_view text, const std::string& advice) {
    return fail(ErrorKind::bad_input, ErrorOrigin::client,
                fmt::format("fault cannot be read: '{}': {}", text, advice));
}

std::optional<std::uint32_t> parse_number(std::string_view text) {
    std::uint32_t value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r";
    const std::size_t first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

Result<void> read_workers(std::string_view text, std::uint32_t workers, PlannedFault& planned) {
    if (text == "*") {
        planned.last_worker = kLastWorker;
        return {};
    }
    const std::size_t dash = text.find('-');
    const std::optional<std::uint32_t> first = parse_number(text.substr(0, dash));
    const std::optional<std::uint32_t> last =
        dash == std::string_view::npos ? first : parse_number(text.substr(dash + 1));
    if (!first || !last || *first > *last)
        return bad_fault(text, "the worker is a number from 0, a range like 3-7, or *");
    if (*last >= workers) {
        return bad_fault(text, fmt::format("there are {} workers, so the last one is {}", workers,
                                           workers == 0 ? 0 : workers - 1));
    }
    planned.first_worker = *first;
    planned.last_worker = *last;
    return {};
}

Result<void> read_window(std::string_view text, PlannedFault& planned) {
    const std::size_t plus = text.find('+');
    const std::optional<Duration> start = parse_duration(text.substr(0, plus));
    if (!start) return bad_fault(text, "START carries its unit, like 5s or 300ms");
    planned.start = *start;
    if (plus == std::string_view::npos) return {};
    const std::optional<Duration> duration = parse_duration(text.substr(plus + 1));
    if (!duration || *duration <= Duration::zero())
        return bad_fault(text, "DURATION is above 0 and carries its unit, like 5s+10s");
    planned.duration = *duration;
    return {};
}

}  // namespace

std::string_view name_of(FaultKind kind) noexcept {
    return kWords[static_cast<std::size_t>(kind)].name;
}

Result<Fault> parse_fault(std::string_view text, FaultRealm realm) {
    const std::size_t equals = text.find('=');
    const std::string_view name = text.substr(0, equals);
    const auto word = std::ranges::find(kWords, name, &FaultWord::name);
    if (word == kWords.end() || !word->is_of(realm)) {
        return bad_fault(text, "the faults are " + all_words(realm));
    }
    Fault fault;
    fault.kind = word->kind;
    if (word->amount.empty()) {
        if (equals != std::string_view::npos)
            return bad_fault(text, fmt::format("{} takes no amount", name));
        return fault;
    }
    const std::optional<std::uint32_t> amount =
        equals == std::string_view::npos ? std::nullopt : parse_number(text.substr(equals + 1));
    if (!amount || *amount < word->least || *amount > word->most) {
        return bad_fault(text, fmt::format("write {}={} with {} from {} to {}", name, word->amount,
                                           word->amount, word->least, word->most));
    }
    fault.amount = *amount;
    return fault;
}

Result<PlannedFault> parse_planned_fault(std::string_view text, std::uint32_t workers,
                                         FaultRealm realm) {
    const std::size_t at = text.find('@');
    if (at == std::string_view::npos)
        return bad_fault(text,
                         "write KIND@WORKER or KIND@WORKER:START+DURATION, like mute@3:5s+10s");
    const Result<Fault> fault = parse_fault(text.substr(0, at), realm);
    if (!fault) return std::unexpected(fault.error());
    PlannedFault planned;
    planned.fault = *fault;
    if (fault->kind == FaultKind::restart) planned.duration = kRestartTime;
    const std::string_view rest = text.substr(at + 1);
    const std::size_t colon = rest.find(':');
    if (Result<void> read = read_workers(rest.substr(0, colon), workers, planned); !read)
        return std::unexpected(std::move(read).error());
    if (colon != std::string_view::npos) {
        if (Result<void> read = read_window(rest.substr(colon + 1), planned); !read)
            return std::unexpected(std::move(read).error());
    }
    return planned;
}

Result<std::vector<PlannedFault>> parse_fault_script(std::string_view text, std::string_view origin,
                                                     std::uint32_t workers, FaultRealm realm) {
    std::vector<PlannedFault> script;
    std::size_t line_number = 0;
    while (!text.empty()) {
        ++line_number;
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        line = trimmed(line.substr(0, line.find('#')));
        if (line.empty()) continue;
        Result<PlannedFault> planned = parse_planned_fault(line, workers, realm);
        if (!planned) {
            return fail(ErrorKind::bad_input, ErrorOrigin::client,
                        fmt::format("{}, line {}: {}", origin, line_number, planned.error().what));
        }
        script.push_back(*planned);
    }
    return script;
}

std::string to_text(const PlannedFault& planned) {
    std::string text(name_of(planned.fault.kind));
    if (planned.fault.amount != 0) text += fmt::format("={}", planned.fault.amount);
    if (planned.last_worker == kLastWorker) {
        text += "@*";
    } else if (planned.first_worker == planned.last_worker) {
        text += fmt::format("@{}", planned.first_worker);
    } else {
        text += fmt::format("@{}-{}", planned.first_worker, planned.last_worker);
    }
    const bool ends = planned.duration != kForever;
    if (planned.start == Duration::zero() && !ends) return text;
    text += ":" + print_duration(planned.start);
    if (ends) text += "+" + print_duration(planned.duration);
    return text;
}

}  // namespace muster
