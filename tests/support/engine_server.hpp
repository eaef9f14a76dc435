// A server as EngineReader sees it: answers by target, and scrapes that ask for them.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "muster/engines/engine_reader.hpp"
#include "support/golden.hpp"

namespace muster::testing_support {

struct EngineAnswer {
    std::string body = {};
    int status = 200;
    std::string content_type = "text/plain; version=0.0.4";
    bool complete = true;
    std::string process_start = {};
    bool retry_later = false;
};

/// What is not there is answered with FastAPI's 404.
struct EngineServer {
    std::map<std::string, EngineAnswer> answers;
    std::vector<std::string> asked;             ///< Targets of the scrape before.
    std::map<std::string, DocumentFate> fates;  ///< Of its answers.
    std::map<std::string, std::string> advice;  ///< The same.
    Time now = Time(std::chrono::hours(1));

    /// One scrape, its answers a millisecond apart.
    EngineScrape scrape(EngineReader& reader) {
        asked.clear();
        fates.clear();
        advice.clear();
        for (auto asks = reader.next(now); !asks.empty(); asks = reader.more()) {
            for (const DocumentRequest& ask : asks) fetch(reader, ask);
        }
        return reader.finish();
    }
    /// The same, this much later.
    EngineScrape scrape_after(EngineReader& reader, Duration pause) {
        now += pause;
        return scrape(reader);
    }

private:
    void fetch(EngineReader& reader, const DocumentRequest& ask) {
        asked.push_back(ask.target);
        const auto found = answers.find(ask.target);
        const EngineAnswer missing{R"({"detail":"Not Found"})", 404, "application/json"};
        const EngineAnswer& answer = found == answers.end() ? missing : found->second;
        const Time sent = now;
        now += std::chrono::milliseconds(1);
        const DocumentVerdict verdict = reader.take({.document = ask.document,
                                                     .target = ask.target,
                                                     .status = answer.status,
                                                     .content_type = answer.content_type,
                                                     .body = answer.body,
                                                     .complete = answer.complete,
                                                     .sent = sent,
                                                     .received = now,
                                                     .process_start = answer.process_start,
                                                     .retry_later = answer.retry_later});
        fates[ask.target] = verdict.fate;
        advice[ask.target] = verdict.advice;
    }
};

/// A page as it was recorded.
inline EngineAnswer recorded(const std::string& name, int status = 200) {
    return {.body = golden("engines/" + name), .status = status};
}

/// The load of a page's ranks, after one scrape of a server that offers nothing else.
struct OnePage {
    explicit OnePage(std::string page, std::string target = "/metrics") {
        server.answers[std::move(target)] = {.body = std::move(page)};
        scrape = server.scrape(reader);
    }
    [[nodiscard]] const Load& load(std::size_t rank = 0) const { return scrape.reports[rank].load; }
    EngineServer server;
    EngineReader reader;
    EngineScrape scrape;
};

/// The reports of two pages, a second apart.
struct TwoPages {
    TwoPages(std::string before, std::string after) {
        server.answers["/metrics"] = {.body = std::move(before)};
        server.scrape(reader);
        server.answers["/metrics"] = {.body = std::move(after)};
        // A millisecond is the answer's own.
        scrape = server.scrape_after(reader, std::chrono::milliseconds(999));
    }
    [[nodiscard]] const EngineReport& report() const { return scrape.reports.front(); }
    EngineServer server;
    EngineReader reader;
    EngineScrape scrape;
};

}  // namespace muster::testing_support
