// journal: pages of events, one after the other, as lines or as one JSON document.
#include "journal_command.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "local_zone.hpp"
#include "muster/io/http/http_client.hpp"
#include "muster/io/http/url.hpp"
#include "muster/io/journal/journal_reader.hpp"
#include "muster/wire/journal_json.hpp"
#include "muster/wire/moment_text.hpp"
#include "muster/wire/rfc3339.hpp"
#include "people_text.hpp"
#include "server_words.hpp"

namespace muster {
namespace {

constexpr Duration kPatience = std::chrono::seconds(30);

/// Gives the page that begins at `after` (empty: the first).
using Pages = std::function<Result<JournalDocument>(const std::string& after)>;

Pages pages_of_files(const JournalOptionsGiven& options) {
    return [&options](const std::string& after) -> Result<JournalDocument> {
        JournalQuestion question{.since = options.since, .until = options.until};
        question.worker = options.worker;
        question.limit = kJournalPageMax;
        question.after = parse_journal_cursor(after);
        auto page = JournalReader(options.place.state_dir).events(question);
        if (!page) return std::unexpected(std::move(page.error()));
        JournalDocument document;
        document.begins = page->begins;
        document.since = options.since;
        if (options.until != WallTime::max()) document.until = options.until;
        for (const PastEvent& event : page->events) document.events.push_back(entry_of(event));
        if (page->next) document.next = to_string(*page->next);
        return document;
    };
}

std::string moment(WallTime when) {
    std::string text;
    append_rfc3339(text, when, 9);
    return text;
}

Pages pages_of_server(const JournalOptionsGiven& options, const std::stop_token& stop) {
    return [&options, &stop](const std::string& after) -> Result<JournalDocument> {
        std::string target = "/v1/journal?limit=" + std::to_string(kJournalPageMax) +
                             "&since=" + percent_encode(moment(options.since));
        if (options.until != WallTime::max()) {
            target += "&until=" + percent_encode(moment(options.until));
        }
        if (!options.worker.empty()) target += "&worker=" + percent_encode(options.worker);
        if (!after.empty()) target += "&after=" + percent_encode(after);
        const ServerRoad& road = *options.place.server;
        HttpClient client(road.server, road.client);
        auto answer = client.get(target, kPatience, stop);
        if (!answer) return std::unexpected(cannot_reach(road.server, answer.error()));
        if (answer->status != 200) {
            return std::unexpected(refused_by(road.server, target, *answer));
        }
        return parse_journal_document(*answer->body);
    };
}

std::string line_of(const JournalEntry& entry, const TimeZone& zone) {
    // As wide as the longest of ours, so that subjects stand below each other.
    constexpr std::size_t kWordColumns = 20;
    std::string line;
    append_moment(line, entry.time, zone, 3);
    line += "  ";
    std::string words = harmless(entry.event);
    std::ranges::replace(words, '_', ' ');
    words.resize(std::max(words.size(), kWordColumns), ' ');
    line += words + "  " + harmless(entry.subject);
    if (!entry.detail.empty()) line += ": " + harmless(entry.detail);
    return line + '\n';
}

ExitCode trouble(const Error& error) {
    if (error.what == "stopped") return ExitCode::done;
    report_error(error.what);
    return ExitCode::unreachable;
}

ExitCode print(const std::string& text) {
    auto written = write_output(text);
    if (written || written.error().kind == ErrorKind::closed) return ExitCode::done;
    report_error(written.error().what);
    return ExitCode::trouble;
}

/// Says what the answer does not cover, and how the journal fares where that is known.
void remark(const JournalDocument& first, const JournalOptionsGiven& options) {
    const LocalZone zone;
    if (first.journal && first.journal->state == "trouble") {
        report_error("the journal is not being written: " + options.place.shown() + ": " +
                     first.journal->reason);
    }
    if (!first.begins) {
        report_error("the journal is empty: " + options.place.shown() +
                     ": a `muster serve` writes it from its first second on");
        return;
    }
    if (options.since < *first.begins) {
        std::string begins;
        append_moment(begins, *first.begins, zone);
        report_error("the journal begins later than asked: " + options.place.shown() + ": at " +
                     begins);
    }
}

ExitCode print_lines(const Pages& pages, JournalDocument page, const JournalOptionsGiven& options,
                     const std::stop_token& stop) {
    const LocalZone zone;
    remark(page, options);
    bool any = false;
    for (;;) {
        std::string text;
        for (const JournalEntry& entry : page.events) text += line_of(entry, zone);
        any = any || !text.empty();
        if (!text.empty()) {
            if (const ExitCode code = print(text); code != ExitCode::done) return code;
        }
        if (page.next.empty() || stop.stop_requested()) break;
        auto next = pages(page.next);
        if (!next) return trouble(next.error());
        page = std::move(*next);
    }
    if (!any && page.begins) {
        std::string since;
        append_moment(since, options.since, zone);
        report_error("nothing happened: " + options.place.shown() + ": since " + since);
    }
    return ExitCode::done;
}

ExitCode print_json(const Pages& pages, JournalDocument page) {
    while (!page.next.empty()) {
        auto next = pages(page.next);
        if (!next) return trouble(next.error());
        page.events.insert(page.events.end(), std::make_move_iterator(next->events.begin()),
                           std::make_move_iterator(next->events.end()));
        page.next = next->next;
    }
    std::string json;
    append_journal_json(json, page);
    return print(json + '\n');
}

}  // namespace

ExitCode run_journal(const JournalOptionsGiven& options, const std::stop_token& stop) {
    const Pages pages =
        options.place.server ? pages_of_server(options, stop) : pages_of_files(options);
    auto first = pages("");
    if (!first) return trouble(first.error());
    return options.json ? print_json(pages, std::move(*first))
                        : print_lines(pages, std::move(*first), options, stop);
}

}  // namespace muster
