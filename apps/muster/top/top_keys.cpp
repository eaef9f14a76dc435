// What keys do to the model.
#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>

#include "people_text.hpp"
#include "top/top_model.hpp"

namespace muster {

bool TopModel::press(const Key& key, Time now) {
    if (typing_) {
        type(key);
        return true;
    }
    switch (key.kind) {
        case KeyKind::text: return key.text.size() != 1 || press_text(key.text.front(), now);
        case KeyKind::escape:
        case KeyKind::backspace: back(); return true;
        case KeyKind::enter:
            if (page_ == TopPage::table && selected_.empty() && !chosen_.empty()) move_to(offset_);
            open(page_ == TopPage::table && !selected_.empty() ? TopPage::details : TopPage::table);
            return true;
        default: press_move(key); return true;
    }
}

bool TopModel::press_text(char c, Time now) {
    if (past_ && past_->press(c, now)) return true;
    switch (c) {
        case 'q': return false;
        case '?': open(page_ == TopPage::help ? TopPage::table : TopPage::help); break;
        case 'l': open(page_ == TopPage::lost ? TopPage::table : TopPage::lost); break;
        case 'o': open(page_ == TopPage::sources ? TopPage::table : TopPage::sources); break;
        case 'p':
        case ' ':
            if (!past_) pause(now);
            break;
        case '/':
            open(TopPage::table);
            typing_ = true;
            filter_before_ = filter_;
            break;
        case 's': next_sort(1); break;
        case 'S': next_sort(kSortKeyCount - 1); break;
        case 'r':
            order_.reversed = !order_.reversed;
            choose();
            break;
        case 'h':
            history_of_ = static_cast<HistoryOf>((static_cast<unsigned>(history_of_) + 1) % 3);
            break;
        case 'j': press_move({KeyKind::down, {}}); break;
        case 'k': press_move({KeyKind::up, {}}); break;
        case 'g': press_move({KeyKind::home, {}}); break;
        case 'G': press_move({KeyKind::end, {}}); break;
        default:
            if (c >= '1' && c < static_cast<char>('1' + kSortKeyCount)) {
                sort_by(static_cast<SortKey>(c - '1'));
            }
    }
    return true;
}

void TopModel::type(const Key& key) {
    if (key.kind == KeyKind::text && filter_.size() + key.text.size() <= kFilterBytesMax) {
        filter_ += harmless(key.text);
    }
    if (key.kind == KeyKind::backspace && !filter_.empty()) {
        // A character may have several bytes.
        std::size_t start = filter_.size() - 1;
        while (start > 0 && (static_cast<unsigned char>(filter_[start]) & 0xc0) == 0x80) --start;
        filter_.erase(start);
    }
    if (key.kind == KeyKind::clear) filter_.clear();
    if (key.kind == KeyKind::escape) filter_ = filter_before_;
    if (key.kind == KeyKind::escape || key.kind == KeyKind::enter) typing_ = false;
    offset_ = 0;
    choose();
}

void TopModel::press_move(const Key& key) {
    const auto page = static_cast<std::ptrdiff_t>(room_);
    switch (key.kind) {
        case KeyKind::up: return move_by(-1);
        case KeyKind::down: return move_by(1);
        case KeyKind::page_up: return move_by(-page);
        case KeyKind::page_down: return move_by(page);
        case KeyKind::home: return move_by(std::numeric_limits<std::ptrdiff_t>::min() / 2);
        case KeyKind::end: return move_by(std::numeric_limits<std::ptrdiff_t>::max() / 2);
        case KeyKind::left:
        case KeyKind::right: {
            if (page_ != TopPage::details) return;
            const auto row = selected_row();
            const bool next = key.kind == KeyKind::right;
            if (row && (next || *row > 0)) move_to(next ? *row + 1 : *row - 1);
            return;
        }
        default: return;
    }
}

// From the innermost: a page, the filter, the cursor.
void TopModel::back() {
    if (page_ != TopPage::table) return open(TopPage::table);
    if (!filter_.empty()) {
        filter_.clear();
        choose();
        return;
    }
    selected_.clear();
    offset_ = 0;
}

void TopModel::open(TopPage page) {
    page_ = page;
    page_offset_ = 0;
}

void TopModel::sort_by(SortKey key) {
    // The same again turns it round.
    order_ = {key, key == order_.key && !order_.reversed};
    offset_ = 0;
    choose();
}

void TopModel::next_sort(std::size_t steps) {
    const auto next = (static_cast<std::size_t>(order_.key) + steps) % kSortKeyCount;
    order_ = {static_cast<SortKey>(next), false};
    offset_ = 0;
    choose();
}

void TopModel::move_to(std::size_t row) {
    if (chosen_.empty()) return;
    selected_ = shown_.workers[chosen_[std::min(row, chosen_.size() - 1)]].id;
}

void TopModel::move_by(std::ptrdiff_t rows) {
    const auto moved = [rows](std::size_t from, std::size_t last) {
        const auto to = static_cast<std::ptrdiff_t>(from) + rows;
        return static_cast<std::size_t>(
            std::clamp<std::ptrdiff_t>(to, 0, static_cast<std::ptrdiff_t>(last)));
    };
    if (page_ != TopPage::table) {
        page_offset_ = moved(page_offset_, page_rows_ > room_ ? page_rows_ - room_ : 0);
        return;
    }
    if (chosen_.empty()) return;
    const auto row = selected_row();
    // The first step puts the cursor on the first row that is seen.
    move_to(row         ? moved(*row, chosen_.size() - 1)
            : rows == 1 ? offset_
                        : moved(offset_, chosen_.size() - 1));
}

}  // namespace muster
