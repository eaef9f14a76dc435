// Which documents to ask a server for: by engine, by what it was seen to offer, and by how long ago
// they were asked. Private to engines. Thread rule: one thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "muster/base/time.hpp"
#include "muster/engines/engine_reader.hpp"

namespace muster::detail {

/// Percent-encodes what may not stand in a query's value.
[[nodiscard]] std::string query_value(std::string_view text);

class ScrapePlan {
public:
    enum class Offer : std::uint8_t { unknown, yes, no };

    /// Begins a scrape.
    void begin(Time now);
    /// What is to be asked now and was not asked in this scrape yet.
    [[nodiscard]] std::span<const DocumentRequest> ask();

    /// What an answer told of the document.
    void note(EngineDocument document, Offer offer);
    /// It was used in this scrape.
    void note_used(EngineDocument document) { used_[index_of(document)] = true; }
    /// Another process, or another engine: all is to be found out anew.
    void forget();
    /// The same process family, restarted: what is asked once is asked again.
    void forget_once();

    void set_engine(std::optional<Engine> engine) { engine_ = engine; }
    [[nodiscard]] std::optional<Engine> engine() const { return engine_; }
    /// A llama.cpp router: it is asked for its models, and they one by one.
    void set_router(bool router) { router_ = router; }
    [[nodiscard]] bool router() const { return router_; }
    /// Those that are loaded; only these are asked.
    void set_loaded(std::vector<std::string> loaded) { loaded_ = std::move(loaded); }
    [[nodiscard]] const std::vector<std::string>& loaded() const { return loaded_; }
    [[nodiscard]] Offer offer(EngineDocument document) const {
        return states_[index_of(document)].offer;
    }

private:
    struct State {
        Offer offer = Offer::unknown;
        Time asked_at = kNever;
        Time again_at = kNever;  // Not offered: not before this.
    };

    static constexpr std::size_t index_of(EngineDocument document) {
        return static_cast<std::size_t>(document);
    }
    void want(EngineDocument document, std::string_view why);
    void want_every(EngineDocument document, Duration every, std::string_view why);
    void want_of_models(EngineDocument document, std::string_view why);
    void add(EngineDocument document, std::string target, std::string_view why);
    void plan_unknown();
    void plan_others();
    [[nodiscard]] bool offers_nothing() const noexcept;
    void plan_sglang();
    void plan_llamacpp();

    std::optional<Engine> engine_;
    bool router_ = false;
    std::vector<std::string> loaded_;
    std::array<State, kEngineDocumentCount> states_{};
    std::array<bool, kEngineDocumentCount> asked_{};
    std::array<bool, kEngineDocumentCount> asked_of_models_{};
    std::array<bool, kEngineDocumentCount> used_{};
    bool first_ask_ = true;
    Time now_{};
    std::vector<DocumentRequest> requests_;
};

}  // namespace muster::detail
