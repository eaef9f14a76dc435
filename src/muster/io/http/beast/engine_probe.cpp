// One link, one reader, and an io_context that runs within the call.
#include "muster/io/http/engine_probe.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "muster/io/http/beast/scrape_link.hpp"

namespace muster {
namespace {

constexpr std::size_t kScratchBytes = 64 * 1024;
// Two differences: one may fall between two steps.
constexpr std::size_t kScrapesLeast = 3;

class Probe {
public:
    Probe(const ScrapeTarget& target, const ProbeOptions& options,
          std::shared_ptr<const TlsContext> tls, const Clock& clock, NameResolver& names)
        : options_(options),
          target_(target),
          shared_{.context = context_,
                  .gate = std::make_shared<HttpLoopGate>(context_),
                  .clock = clock,
                  .names = names,
                  .tls = std::move(tls),
                  .token = options.token,
                  .scratch = std::string(kScratchBytes, '\0')},
          link_(std::make_shared<ScrapeLink>(shared_, target)) {}

    ProbedEngine run(const std::stop_token& stop) {
        const std::stop_callback on_stop(stop, [this] { context_.stop(); });
        const Time begun = shared_.clock.now();
        while (!stop.stop_requested() && scrape(stop)) {
            found_.looked = age_between(begun, shared_.clock.now());
            if (is_enough()) break;
            rest();
        }
        tell_costs();
        tell_motion();
        found_.engine = reader_.engine();
        found_.lacks = reader_.lacks();
        shared_.gate->close();
        return std::move(found_);
    }

private:
    struct Progress {
        std::uint64_t first;
        std::uint64_t last;
    };
    struct Look {
        Duration cost;
        std::size_t bytes;
    };

    /// False if the server could not be asked.
    bool scrape(const std::stop_token& stop) {
        const Time begun = shared_.clock.now();
        Duration cost{};
        std::size_t bytes = 0;
        auto wanted = reader_.next(begun);
        std::vector<DocumentRequest> asked(wanted.begin(), wanted.end());
        while (!asked.empty()) {
            for (const DocumentRequest& request : asked) {
                const Time sent = shared_.clock.now();
                const auto result = get(request, kScrapeDeadline - age_between(begun, sent), stop);
                if (!result) return false;  // Stopped.
                if (!*result) return failed(result->error());
                cost += (*result)->cost;
                bytes += (*result)->body.size();
                take(request, sent, **result);
            }
            wanted = reader_.more();
            asked.assign(wanted.begin(), wanted.end());
        }
        end_scrape(cost, bytes);
        return true;
    }

    std::optional<ScrapeResult> get(const DocumentRequest& request, Duration limit,
                                    const std::stop_token& stop) {
        std::optional<ScrapeResult> result;
        context_.restart();
        if (stop.stop_requested()) return std::nullopt;
        link_->get(request.target, request.accept, std::max(limit, Duration(1)),
                   [&result](ScrapeResult got) { result = std::move(got); });
        // The answer of a resolver is no work of the context's: it is waited for piece by piece.
        while (!result && !stop.stop_requested()) {
            context_.restart();
            context_.run_one_for(std::chrono::milliseconds(20));
        }
        if (!result) link_->drop();
        return result;
    }

    void take(const DocumentRequest& request, Time sent, const ScrapedPage& page) {
        const std::optional<Engine> before = reader_.engine();
        const DocumentVerdict verdict = reader_.take({.document = request.document,
                                                      .target = request.target,
                                                      .status = static_cast<int>(page.status),
                                                      .content_type = page.content_type,
                                                      .body = page.body,
                                                      .complete = page.complete,
                                                      .sent = sent,
                                                      .received = shared_.clock.now(),
                                                      .process_start = page.process_start,
                                                      .retry_later = page.retry_later});
        if (before && reader_.engine() != before) found_.engine_before = before;
        ProbedDocument document{.target = request.target,
                                .why = std::string(request.why),
                                .status = page.status,
                                .fate = verdict.fate,
                                .advice = std::string(verdict.advice),
                                .bytes = page.body.size(),
                                .cost = page.cost};
        if (!page.complete) document.advice = page.half;
        const auto known =
            std::ranges::find(found_.documents, request.target, &ProbedDocument::target);
        if (known == found_.documents.end()) {
            found_.documents.push_back(std::move(document));
        } else {
            document.cost = std::min(document.cost, known->cost);
            *known = std::move(document);
        }
    }

    bool failed(const ScrapeFailure& failure) {
        (void)reader_.finish();
        found_.failure = failure;
        found_.sentence = muster::sentence_of(failure, target_);
        return false;
    }

    [[nodiscard]] bool is_enough() const {
        if (found_.scrapes < std::min(options_.scrapes, kScrapesLeast)) return false;
        if (stands()) return found_.looked >= options_.standing;
        return found_.scrapes >= options_.scrapes || found_.looked >= options_.enough;
    }

    /// Requests run or wait, and none of what must move then did; or nothing did, and it tells no
    /// more than loads.
    [[nodiscard]] bool stands() const {
        const bool busy = std::ranges::any_of(found_.reports, [](const EngineReport& report) {
            return report.load.count(LoadField::running).value_or(0) > 0 ||
                   report.load.count(LoadField::waiting).value_or(0) > 0;
        });
        if (busy && !found_.moved) return true;
        return std::ranges::any_of(found_.reports, [this](const EngineReport& report) {
            return report.motion == EngineMotion::still && !has_moved(report);
        });
    }

    [[nodiscard]] bool has_moved(const EngineReport& report) const {
        const auto seen = progress_.find(report.rank.value_or(0));
        return seen != progress_.end() && seen->second.first != seen->second.last;
    }

    /// A pause between two scrapes, in a long step, is no hang.
    void tell_motion() {
        for (EngineReport& report : found_.reports) {
            if (report.motion == EngineMotion::still && has_moved(report))
                report.motion = EngineMotion::moving;
        }
    }

    void tell_costs() {
        if (looks_.empty()) return;
        // The first one asks more than the others: what it is, once.
        if (looks_.size() > 1) looks_.erase(looks_.begin());
        std::ranges::sort(looks_, {}, &Look::cost);
        const Look& middle = looks_[looks_.size() / 2];
        found_.cost = looks_.front().cost;
        found_.middle_cost = middle.cost;
        found_.bytes = middle.bytes;
    }

    void end_scrape(Duration cost, std::size_t bytes) {
        const EngineScrape scrape = reader_.finish();
        const auto same = [](const EngineReport& a, const EngineReport& b) {
            return a.load == b.load;
        };
        if (found_.scrapes > 0 && !std::ranges::equal(scrape.reports, found_.reports, same)) {
            found_.moved = true;
        }
        found_.reports.assign(scrape.reports.begin(), scrape.reports.end());
        found_.models.assign(scrape.models.begin(), scrape.models.end());
        for (const EngineReport& report : scrape.reports) {
            if (!report.progress) continue;
            const Progress now{*report.progress, *report.progress};
            auto& seen = progress_.try_emplace(report.rank.value_or(0), now).first->second;
            found_.moved = found_.moved || seen.last != now.last;
            seen.last = now.last;
        }
        looks_.push_back({cost, bytes});
        ++found_.scrapes;
    }

    void rest() {
        asio::steady_timer timer(context_);
        timer.expires_after(
            std::chrono::duration_cast<asio::steady_timer::duration>(options_.pause));
        timer.async_wait([](error_code) {});
        context_.restart();
        context_.run_for(options_.pause);
    }

    const ProbeOptions& options_;
    const ScrapeTarget& target_;
    asio::io_context context_{1};
    ScrapeShared shared_;
    std::shared_ptr<ScrapeLink> link_;
    EngineReader reader_;
    std::vector<Look> looks_;
    std::map<std::uint32_t, Progress> progress_;  // By rank.
    ProbedEngine found_;
};

}  // namespace

Result<ProbedEngine> probe_engine(const ScrapeTarget& target, const ProbeOptions& options,
                                  const Clock& clock, NameResolver& names,
                                  const std::stop_token& stop) {
    auto tls = TlsContext::for_client(options.tls);
    if (!tls) return std::unexpected(std::move(tls.error()));
    Probe probe(target, options, std::move(*tls), clock, names);
    ProbedEngine found = probe.run(stop);
    if (stop.stop_requested()) return fail(ErrorKind::closed, ErrorOrigin::self, "stopped");
    return found;
}

}  // namespace muster
