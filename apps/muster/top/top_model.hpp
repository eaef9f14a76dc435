// TopModel: what the live table shows, and what keys do to it.
//
// Fed with fleets as they arrive and with keys; asked by the pages that draw it. It knows no
// terminal and no clock: the time is a parameter. Belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "muster/base/time.hpp"
#include "muster/wire/fleet_document.hpp"
#include "top/fleet_history.hpp"
#include "top/key_decoder.hpp"
#include "top/past_moment.hpp"
#include "top/view_link.hpp"
#include "top/worker_order.hpp"

namespace muster {

enum class TopPage : std::uint8_t { table, details, lost, sources, help };

class TopModel {
public:
    /// Without a view for so long, the views have stopped coming: a server that lives answers
    /// several times in that.
    static constexpr Duration kAwayAfter = std::chrono::seconds(2);
    /// Of the text that is typed to filter.
    static constexpr std::size_t kFilterBytesMax = 200;

    /// `place`: see ViewLink. With `past` the views are of the past: nothing grows older.
    explicit TopModel(std::string place, std::optional<PastMoment> past = {})
        : past_(std::move(past)) {
        link_.place = std::move(place);
    }
    TopModel(TopModel&&) = default;
    TopModel& operator=(TopModel&&) = default;

    /// A fleet that was asked for and came at `now`.
    void take(FleetDocument fleet, Time now);
    /// It could not be asked for. `why` in a few words.
    void fail(std::string why);
    /// What a key does. False: it was the one that ends the program.
    [[nodiscard]] bool press(const Key& key, Time now);
    /// Lets the shown ages grow to `now`, and with them, while no views come, the states.
    void advance(Time now);
    /// How many rows of the page there is room for; keeps the cursor among them.
    void set_room(std::size_t rows, std::size_t page_rows);
    /// Once after a key that steps through the past: where to.
    [[nodiscard]] std::optional<WallTime> take_step() {
        return past_ ? past_->take_step() : std::nullopt;
    }

    [[nodiscard]] const FleetDocument& fleet() const noexcept { return shown_; }
    [[nodiscard]] const FleetHistory& history() const noexcept { return history_; }
    [[nodiscard]] const ViewLink& link() const noexcept { return link_; }
    /// Null: this is the present.
    [[nodiscard]] const PastMoment* past() const noexcept { return past_ ? &*past_ : nullptr; }
    [[nodiscard]] TopPage page() const noexcept { return page_; }
    [[nodiscard]] WorkerOrder order() const noexcept { return order_; }
    [[nodiscard]] HistoryOf history_of() const noexcept { return history_of_; }
    [[nodiscard]] const std::string& filter() const noexcept { return filter_; }
    [[nodiscard]] bool typing() const noexcept { return typing_; }
    /// How long the picture has stood still; nothing while it moves.
    [[nodiscard]] std::optional<Duration> paused_for(Time now) const;
    /// Indexes of the workers that match, in order.
    [[nodiscard]] const std::vector<std::size_t>& chosen() const noexcept { return chosen_; }
    /// Those who were lost and match, newest first.
    [[nodiscard]] const std::vector<const LostEntry*>& lost() const noexcept { return lost_; }
    /// First row to show, of the table or of another page.
    [[nodiscard]] std::size_t offset() const noexcept {
        return page_ == TopPage::table ? offset_ : page_offset_;
    }
    /// The worker under the cursor; empty: there is none.
    [[nodiscard]] const std::string& selected() const noexcept { return selected_; }
    /// The moment of the shown picture, for its history.
    [[nodiscard]] Time moment() const noexcept { return received_ + grown_; }

private:
    void show(FleetDocument fleet, Time received);
    void choose();
    void judge_by_age();
    void type(const Key& key);
    bool press_text(char c, Time now);
    void press_move(const Key& key);
    void back();
    void open(TopPage page);
    void sort_by(SortKey key);
    void next_sort(std::size_t steps);
    void pause(Time now);
    void move_to(std::size_t row);
    void move_by(std::ptrdiff_t rows);
    [[nodiscard]] std::optional<std::size_t> selected_row() const;

    FleetDocument shown_;
    Time received_{};       // Of the shown fleet.
    Duration grown_{};      // By which its ages were made older since.
    Time last_received_{};  // Of the newest fleet, shown or not.
    ViewLink link_;
    std::optional<PastMoment> past_;
    FleetHistory history_;

    std::optional<FleetDocument> newest_;  // Came while paused.
    std::optional<Time> paused_at_;

    TopPage page_ = TopPage::table;
    WorkerOrder order_;
    HistoryOf history_of_ = HistoryOf::kv_usage;
    std::string filter_;
    bool typing_ = false;
    std::string filter_before_;
    std::string selected_;
    std::size_t offset_ = 0;
    std::size_t page_offset_ = 0;
    std::size_t room_ = 1;
    std::size_t page_rows_ = 0;
    std::vector<std::size_t> chosen_;
    std::vector<const LostEntry*> lost_;
};

}  // namespace muster
