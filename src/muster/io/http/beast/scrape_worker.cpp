// A scrape, step by step: begin, a question, its page, ..., end, the next one.
#include "muster/io/http/beast/scrape_worker.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <ranges>
#include <utility>

namespace muster {
namespace {

// At the first start workers are spread over this, whatever their interval will be.
constexpr Duration kFirstSpread = ScrapePace::kIntervalMin;
// Room that the next page finds again: more than any engine's page was seen to need.
constexpr std::size_t kSparePageMax = std::size_t{1} << 20;

/// To three digits: counters over some seconds tell no more, and a view is not made anew for noise.
std::optional<double> rounded(std::optional<double> rate) {
    if (!rate || *rate <= 0.0) return rate;
    const double digits = 2.0 - std::floor(std::log10(*rate));
    const double scale = std::pow(10.0, std::abs(digits));
    return digits < 0.0 ? std::round(*rate / scale) * scale : std::round(*rate * scale) / scale;
}

std::string other_engine_words(const std::string& address, Engine before, Engine now) {
    return "another engine: " + address + ": " + std::string(title_of(now)) + " answers where " +
           std::string(title_of(before)) +
           " did: nothing to do if that is meant, else correct the URL, or see who took the port";
}

}  // namespace

ScrapeWorker::ScrapeWorker(ScrapeHost& host, ScrapeTarget target)
    : host_(host),
      target_(std::move(target)),
      name_(target_.name()),
      address_(target_.url.to_text()),
      hash_(std::hash<std::string>{}(name_)),
      link_(std::make_shared<ScrapeLink>(host.shared(), target_)),
      timer_(host.shared().context),
      pace_(host.limits()) {}

void ScrapeWorker::start() {
    const Time now = host_.shared().clock.now();
    announce(now);
    set_next(now + Duration(static_cast<std::int64_t>(
                       hash_ % static_cast<std::uint64_t>(kFirstSpread.count()))));
}

void ScrapeWorker::stop() {
    stopped_ = true;
    timer_.cancel();
    link_->drop();
}

void ScrapeWorker::set_labels(Labels labels) {
    if (target_.labels == labels) return;
    target_.labels = std::move(labels);
    announce(host_.shared().clock.now());
}

/// Also again after an outage: it may have been lost meanwhile, and comes back with its labels.
void ScrapeWorker::announce(Time now) {
    const Announcement announcement{
        .instance = ref(), .address = address_, .labels = target_.labels};
    const auto taken = host_.collector().announce(host_.component(), announcement, now);
    announced_ = taken.has_value();
    if (announced_) told_ = false;
    if (announced_ || std::exchange(told_, true)) return;
    const char* const why = taken.error() == RejectReason::ambiguous
                                ? "another source has it already: name it once"
                                : "there are too many workers: watch fewer";
    host_.collector().set_last_error(host_.source(),
                                     "not watched: " + target_.worker_id() + ": " + why, now);
}

void ScrapeWorker::set_next(Time when) {
    const Duration pause = age_between(host_.shared().clock.now(), when);
    link_->rest(pause);
    timer_.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(pause));
    timer_.async_wait([self = shared_from_this()](error_code code) {
        if (!code && !self->stopped_) self->begin();
    });
}

void ScrapeWorker::begin() {
    begun_ = host_.shared().clock.now();
    if (!announced_) announce(begun_);
    if (!announced_) {
        // The other source asks it. Should that one let it go, we take over.
        if (std::exchange(first_, false)) host_.on_first_outcome();
        return set_next(begun_ + ScrapePace::kIntervalMax);
    }
    ++round_.value;
    host_.counters().asked.fetch_add(1, std::memory_order_relaxed);
    cost_ = {};
    any_page_ = false;
    failure_.reset();
    fate_.clear();
    advice_.clear();
    half_.clear();
    const auto wanted = reader_.next(begun_);
    waiting_.assign(wanted.rbegin(), wanted.rend());
    ask_next();
}

void ScrapeWorker::ask_next() {
    if (waiting_.empty()) {
        const auto further = reader_.more();
        waiting_.assign(further.rbegin(), further.rend());
    }
    if (waiting_.empty()) return end();
    const Time sent = host_.shared().clock.now();
    const Duration left = kScrapeDeadline - age_between(begun_, sent);
    if (left <= Duration::zero()) {
        failure_ = ScrapeFailure{ScrapeFault::timeout, "not all documents within 5 s", true};
        return end();
    }
    DocumentRequest asked = std::move(waiting_.back());
    waiting_.pop_back();
    const std::string path = asked.target;
    const std::string_view accept = asked.accept;
    link_->get(path, accept, left,
               [self = shared_from_this(), asked = std::move(asked), sent](ScrapeResult result) {
                   if (!self->stopped_) self->on_page(asked, sent, std::move(result));
               });
}

void ScrapeWorker::on_page(const DocumentRequest& asked, Time sent, ScrapeResult result) {
    if (!result) {
        failure_ = std::move(result.error());
        return end();
    }
    cost_ += result->cost;
    any_page_ = true;
    take(asked, sent, *result);
    if (result->body.capacity() <= kSparePageMax) {
        host_.shared().spare_page = std::move(result->body);
    }
    ask_next();
}

void ScrapeWorker::take(const DocumentRequest& asked, Time sent, const ScrapedPage& page) {
    const DocumentVerdict verdict = reader_.take({.document = asked.document,
                                                  .target = asked.target,
                                                  .status = static_cast<int>(page.status),
                                                  .content_type = page.content_type,
                                                  .body = page.body,
                                                  .complete = page.complete,
                                                  .sent = sent,
                                                  .received = host_.shared().clock.now(),
                                                  .process_start = page.process_start,
                                                  .retry_later = page.retry_later});
    if (!page.complete) half_ = page.half;
    if (verdict.fate == DocumentFate::unauthorized) host_.on_unauthorized();
    if (verdict.advice.empty() || !fate_.empty()) return;
    fate_ = name_of(verdict.fate);
    advice_ = verdict.advice;
    if (verdict.fate == DocumentFate::redirected && !page.location.empty()) {
        advice_ += " (it points to " + page.location.substr(0, kNameBytesMax) + ')';
    }
}

void ScrapeWorker::end() {
    const Time now = host_.shared().clock.now();
    const EngineScrape scrape = reader_.finish();
    if (scrape.restarted) pace_.forget();
    if (any_page_ && !trouble_kind_.empty()) announce(now);
    const bool loaded = announced_ && any_page_ && apply(scrape, now);
    if (any_page_ && !failure_) pace_.answered(cost_, age_between(begun_, now));
    if (failure_) {
        pace_.failed();
        set_trouble(name_of(failure_->fault), sentence_of(*failure_, target_), now);
        if (!any_page_) miss(now);
    } else if (!half_.empty()) {
        set_trouble(name_of(ScrapeFault::half_page), half_, now);
    } else if (loaded) {
        tell_other_engine(now);
    } else {
        pace_.failed();
        const std::string what = advice_.empty() ? std::string(kNoLoadAdvice) : advice_;
        set_trouble(fate_.empty() ? "no_load" : fate_, address_ + ": " + what, now);
    }
    host_.collector().drained(now);
    if (std::exchange(first_, false)) host_.on_first_outcome();
    set_next(pace_.next(now, hash_));
}

/// A name that does not resolve, or a machine that nothing leads to, may be our own network's
/// fault: it is told, and proves nothing about the worker.
void ScrapeWorker::miss(Time now) {
    if (failure_->fault == ScrapeFault::refused) {
        host_.collector().refused(host_.component(), ref(), now);
    } else if (failure_->fault != ScrapeFault::dns) {
        host_.collector().missed(host_.component(), ref(), round_, begun_, now);
    }
}

bool ScrapeWorker::apply(const EngineScrape& scrape, Time now) {
    describe(scrape, now);
    Answer answer;
    answer.component = host_.component();
    answer.round = round_;
    answer.own_beat = OwnBeat{begun_, pace_.interval(), pace_.patience()};
    answer.received = now;
    answer.instance = ref();
    answer.service_id = name_;
    answer.restarted = scrape.restarted;
    answer.started = scrape.started;
    answer.zeros_are_idle = true;
    answer.models = scrape.models;
    answer.address = address_;
    if (engine_) answer.engine = name_of(*engine_);
    answer.raw = scrape.raw;
    bool loaded = false;
    // Each rank counts for itself: the process's count is told only where it has one rank.
    const bool alone = scrape.reports.size() == 1;
    for (const EngineReport& report : scrape.reports) {
        answer.rank = report.rank;
        answer.load = report.load.known.empty() ? nullptr : &report.load;
        answer.progress = report.progress;
        answer.was_busy = report.was_busy;
        answer.rates = {.requests_per_s = rounded(report.rates.requests_per_s),
                        .prompt_tokens_per_s = rounded(report.rates.prompt_tokens_per_s),
                        .generated_tokens_per_s = rounded(report.rates.generated_tokens_per_s)};
        answer.captured_lag = report.captured_lag;
        answer.requests_total = alone ? report.requests_total : std::nullopt;
        count(host_.collector().apply(answer));
        answer.restarted = false;
        loaded = loaded || answer.load != nullptr;
    }
    if (scrape.reports.empty()) {
        answer.load = nullptr;
        (void)host_.collector().apply(answer);  // It lives.
    }
    return loaded;
}

void ScrapeWorker::count(const Verdict& verdict) {
    if (verdict.reason) host_.counters().reject(*verdict.reason);
    for (const DroppedField& field : verdict.dropped.items()) {
        host_.counters().reject(field.reason);
    }
}

void ScrapeWorker::describe(const EngineScrape& scrape, Time now) {
    if (!scrape.engine) return;
    const Engine engine = *scrape.engine;
    const bool same = engine_ == engine && std::ranges::equal(scrape.models, models_);
    if (same && trouble_kind_.empty()) return;
    if (engine_ && *engine_ != engine) {
        other_engine_ = other_engine_words(address_, *engine_, engine);
        other_engine_since_ = now;
        host_.collector().set_last_error(host_.source(), other_engine_, now);
    }
    engine_ = engine;
    models_.assign(scrape.models.begin(), scrape.models.end());
    host_.collector().describe(host_.component(), ref(),
                               {.engine = name_of(engine), .models = models_}, now);
}

/// It goes on under its new engine; who placed requests there by the old one must hear of it. An
/// address that changes again and again (a balancer) is one trouble that does not end meanwhile.
void ScrapeWorker::tell_other_engine(Time now) {
    if (!other_engine_.empty() &&
        age_between(other_engine_since_, now) < host_.other_engine_told()) {
        return set_trouble(kOtherEngine, other_engine_, now);
    }
    other_engine_.clear();
    clear_trouble(now);
}

void ScrapeWorker::set_trouble(std::string_view kind, std::string_view what, Time now) {
    trouble_kind_ = kind;
    trouble_what_ = what;
    const WorkerTrouble trouble{.kind = trouble_kind_, .what = trouble_what_, .since = now};
    host_.collector().set_trouble(host_.component(), ref(), &trouble, now);
}

void ScrapeWorker::clear_trouble(Time now) {
    if (trouble_kind_.empty()) return;
    trouble_kind_.clear();
    host_.collector().set_trouble(host_.component(), ref(), nullptr, now);
}

}  // namespace muster
