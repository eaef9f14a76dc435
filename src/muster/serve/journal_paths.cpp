// The paths that tell of the past: GET /v1/journal and GET /v1/fleet?at=. Answered on the desk's
// thread; everything they use is shared and outlives it.
#include <charconv>
#include <utility>

#include "muster/io/http/gzip.hpp"
#include "muster/io/http/problem.hpp"
#include "muster/io/journal/journal_reader.hpp"
#include "muster/serve/fleet_handler.hpp"
#include "muster/wire/journal_json.hpp"

namespace muster {
namespace {

// Below it gzip saves less than its own header and time.
constexpr std::size_t kGzipAbove = 1024;
// What is told where nobody says since when.
constexpr Duration kSinceUnlessGiven = std::chrono::hours(1);

HttpResponse json_response(std::string json, bool may_pack) {
    HttpResponse response;
    response.content_type = "application/json";
    response.headers.push_back({"Cache-Control", "no-store"});
    response.headers.push_back({"Vary", "Accept-Encoding"});
    if (may_pack && json.size() >= kGzipAbove) {
        if (auto packed = gzip(json)) {
            response.headers.push_back({"Content-Encoding", "gzip"});
            json = std::move(*packed);
        }
    }
    response.body = std::make_shared<const std::string>(std::move(json));
    return response;
}

bool wants_gzip(const HttpRequest& request) noexcept {
    const auto accepted = request.header("Accept-Encoding");
    return accepted && accepts_token(*accepted, "gzip");
}

/// What was asked for is not in it; or it cannot be read.
HttpResponse refusal(const Error& error) {
    if (error.kind == ErrorKind::bad_input) {
        return problem_response(404, "not-in-journal", error.what);
    }
    return problem_response(503, "journal-unreadable", error.what);
}

HttpResponse no_journal() {
    return problem_response(404, "no-journal",
                            "no journal is kept here: start muster serve with a --state-dir and a "
                            "--journal-size above 0");
}

std::unexpected<Error> complain(std::string what) {
    return fail(ErrorKind::bad_input, ErrorOrigin::client, std::move(what));
}

Result<void> read_time(const QueryParameter& parameter, WallTime now, WallTime& time) {
    const auto moment = read_moment(parameter.value, now);
    if (!moment) {
        return complain(parameter.name + ": not a moment: " + parameter.value +
                        ": write 2026-11-23T03:12:00Z, or 15m for so long ago");
    }
    time = *moment;
    return {};
}

Result<void> read_limit(const std::string& text, std::size_t& limit) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    if (whole && limit <= kJournalPageMax) return {};
    return complain("limit: not a number of events: " + text + ": at most " +
                    std::to_string(kJournalPageMax));
}

Result<JournalQuestion> read_question(const std::vector<QueryParameter>& parameters, WallTime now) {
    JournalQuestion question{.since = now - kSinceUnlessGiven};
    for (const QueryParameter& parameter : parameters) {
        Result<void> read;
        if (parameter.name == "since") {
            read = read_time(parameter, now, question.since);
        } else if (parameter.name == "until") {
            read = read_time(parameter, now, question.until);
        } else if (parameter.name == "worker") {
            question.worker = parameter.value;
        } else if (parameter.name == "limit") {
            read = read_limit(parameter.value, question.limit);
        } else if (parameter.name == "after") {
            question.after = parse_journal_cursor(parameter.value);
            if (!question.after) {
                read = complain("after: not a place in the journal: " + parameter.value +
                                ": give the \"next\" of the answer before");
            }
        } else {
            read = complain(parameter.name +
                            ": no such parameter: choose among since, until, worker, limit, after");
        }
        if (!read) return std::unexpected(std::move(read.error()));
    }
    return question;
}

JournalStanding standing_of(const JournalStatus& status, const WallClock& wall) {
    return {.state = std::string(name_of(status.state)),
            .since = wall.wall_at(status.since),
            .reason = status.reason,
            .directory = status.directory,
            .bytes = status.bytes,
            .bytes_max = status.bytes_max,
            .events_lost = status.events_lost};
}

HttpResponse answer(const FleetHandlerShared& shared, const JournalQuestion& question,
                    bool may_pack) {
    const ServedJournal& journal = *shared.options.journal;
    if (question.since > shared.wall.now()) {
        return problem_response(404, "not-in-journal",
                                "since: in the future: nothing has happened there yet");
    }
    if (question.until <= question.since) {
        return problem_response(404, "not-in-journal",
                                "until: not after since: nothing is between");
    }
    auto page = JournalReader(journal.directory).events(question);
    if (!page) return refusal(page.error());
    JournalDocument document;
    document.journal = standing_of(journal.status(), shared.wall);
    document.begins = page->begins;
    document.since = question.since;
    if (question.until != WallTime::max()) document.until = question.until;
    for (const PastEvent& event : page->events) document.events.push_back(entry_of(event));
    if (page->next) document.next = to_string(*page->next);
    std::string json;
    append_journal_json(json, document);
    return json_response(std::move(json), may_pack);
}

HttpResponse answer_past(const FleetHandlerShared& shared, const FleetQuery& query, bool may_pack) {
    const JournalReader reader(shared.options.journal->directory);
    const auto past = reader.fleet_at(*query.at, shared.wall.now());
    if (!past) return refusal(past.error());
    std::string json;
    append_fleet_json(json, *past->view, {past->as_of.steady, past->as_of, past->epoch, true},
                      query.filter);
    return json_response(std::move(json), may_pack);
}

HttpResponse too_many() {
    auto response = problem_response(503, "journal-busy",
                                     "too many ask for the past at once: ask again in a moment");
    response.headers.push_back({"Retry-After", "1"});
    return response;
}

}  // namespace

void FleetHandler::get_journal(Call call, std::string_view) {
    if (!shared_.options.journal) {
        call.reply.send(no_journal());
        return;
    }
    auto question = read_question(call.target.parameters, shared_.wall.now());
    if (!question) {
        call.reply.send(problem_response(400, "bad-parameter", question.error().what));
        return;
    }
    auto reply = std::make_shared<HttpReply>(std::move(call.reply));
    std::move_only_function<void()> later = [&shared = shared_, question = std::move(*question),
                                             may_pack = wants_gzip(call.request), reply] {
        reply->send(answer(shared, question, may_pack));
    };
    if (!shared_.desk.ask(later)) reply->send(too_many());
}

void FleetHandler::get_past_fleet(Call call, FleetQuery query) {
    if (!shared_.options.journal) {
        call.reply.send(no_journal());
        return;
    }
    auto reply = std::make_shared<HttpReply>(std::move(call.reply));
    std::move_only_function<void()> later = [&shared = shared_, query = std::move(query),
                                             may_pack = wants_gzip(call.request), reply] {
        reply->send(answer_past(shared, query, may_pack));
    };
    if (!shared_.desk.ask(later)) reply->send(too_many());
}

}  // namespace muster
