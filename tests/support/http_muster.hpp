// A running muster over one source of HTTP workers, as integration tests look at it.
#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "muster/io/dns/name_resolver.hpp"
#include "muster/io/http/http_source.hpp"
#include "muster/io/runtime/collector_host.hpp"
#include "support/wait_until.hpp"

namespace muster::testing {

class HttpMuster {
public:
    explicit HttpMuster(const std::vector<std::string>& urls, HttpSourceOptions options = {},
                        Collector::Options rules = {}, NameResolverOptions resolver = {})
        : HttpMuster(Nobody{}, std::move(resolver), std::move(options), std::move(rules)) {
        watch(urls);
    }
    struct Nobody {};
    /// Nobody yet: discovery will tell.
    explicit HttpMuster(Nobody, NameResolverOptions resolver, HttpSourceOptions options = {},
                        Collector::Options rules = {})
        : host_(std::move(rules)) {
        host_.start();
        auto names = NameResolver::start(std::move(resolver), host_.clock());
        if (!names) throw std::runtime_error(names.error().what);
        names_ = std::move(*names);
        auto started =
            HttpSource::start(std::move(options), host_.collector(), host_.clock(), *names_);
        if (!started) throw std::runtime_error(started.error().what);
        source_ = std::move(*started);
    }
    ~HttpMuster() { source_.reset(); }

    void watch(const std::vector<std::string>& urls, const std::string& why_gone = "not named") {
        std::vector<ScrapeTarget> targets;
        for (const std::string& url : urls) targets.push_back(*parse_scrape_target(url));
        source_->set_targets(std::move(targets), why_gone);
    }

    [[nodiscard]] FleetViewPtr view() { return host_.view_cell().current(); }
    /// Its trouble's kind; "" if it has none, or is not there.
    [[nodiscard]] std::string trouble_of(const std::string& id) {
        const auto trouble = find_trouble(id);
        return trouble ? trouble->kind : "";
    }
    [[nodiscard]] std::string sentence_of(const std::string& id) {
        const auto trouble = find_trouble(id);
        return trouble ? trouble->what : "";
    }
    /// Waits for the trouble; gives its sentence, or "" if it did not come.
    [[nodiscard]] std::string waits_for(const std::string& id, const std::string& kind) {
        (void)wait_until(kPatience, [&] { return trouble_of(id) == kind; });
        return trouble_of(id) == kind ? sentence_of(id) : "";
    }
    [[nodiscard]] std::optional<std::uint64_t> running(const std::string& id) {
        const auto now = view();
        const auto row = now->find(id);
        if (!row) return std::nullopt;
        return now->load(*row).count(LoadField::running);
    }
    [[nodiscard]] bool sees(const std::string& id, std::uint64_t requests) {
        return wait_until(kPatience, [&] { return running(id) == requests; });
    }
    [[nodiscard]] WorkerState state(const std::string& id) {
        const auto now = view();
        const auto row = now->find(id);
        return row ? now->state_at(*row, host_.clock().now()) : WorkerState::unknown;
    }
    CollectorHost& host() { return host_; }
    HttpSource& source() { return *source_; }
    NameResolver& names() { return *names_; }

    /// For waits: longer than any deadline of the client, on a busy machine.
    static constexpr Duration kPatience = kLongEnough;

private:
    WorkerTroublePtr find_trouble(const std::string& id) {
        const auto now = view();
        const auto row = now->find(id);
        const RowExtras* const extras = row ? now->extras(*row) : nullptr;
        return extras != nullptr ? extras->trouble : nullptr;
    }

    CollectorHost host_;
    std::unique_ptr<NameResolver> names_;
    std::unique_ptr<HttpSource> source_;
};

}  // namespace muster::testing
