// Keeps texts by what views share: a block that two views share holds the same rows.
//
// One thread, as the header says.
#include "muster/wire/row_texts.hpp"

#include <algorithm>
#include <utility>

#include "muster/wire/detail/worker_json.hpp"

namespace muster {

namespace {

BlockRow block_row(const FleetView& view, std::size_t row) noexcept {
    return {view.block(row / kBlockRows), row % kBlockRows};
}

}  // namespace

/// One update under way.
struct RowTexts::Change {
    const FleetView& before;
    detail::RowContext context;
    bool all;  ///< No text of before may be kept.
    std::uint64_t revision;
    RowText scratch = {};

    /// Whether the text of row `old_row` of the view before may stay for row `row`.
    [[nodiscard]] bool keeps(std::size_t old_row, std::size_t row) const noexcept {
        return !all && same_row(block_row(before, old_row), block_row(context.view, row));
    }
    void write(Row& row, std::size_t index) {
        detail::write_row_text(scratch, context, index);
        if (row.revision != 0 && scratch == row.text) return;
        std::swap(scratch, row.text);
        row.revision = revision;
    }
};

RowTexts::RowTexts(WorkerMembers members)
    : members_(members), view_(std::make_shared<const FleetView>()) {}

bool RowTexts::sources_renamed(const FleetView& view) const {
    if (view.parts().sources == view_->parts().sources) return false;
    return !std::ranges::equal(view.sources(), view_->sources(),
                               [](const SourceInfo& a, const SourceInfo& b) {
                                   return a.source == b.source && a.id == b.id;
                               });
}

void RowTexts::update(FleetViewPtr view, const WallAnchor& anchor) {
    const bool moved = anchor != anchor_;
    if (view == view_ && !moved) return;
    Change change{.before = *view_,
                  .context = detail::row_context(*view, {{}, anchor, {}}, members_),
                  .all = moved || sources_renamed(*view),
                  .revision = ++revision_};
    if (view->parts().directory == view_->parts().directory)
        update_in_place(change);
    else
        update_order(change);
    view_ = std::move(view);
    anchor_ = anchor;
}

void RowTexts::update_in_place(Change& change) {
    const FleetView& view = change.context.view;
    for (std::size_t b = 0; b < view.block_count(); ++b) {
        if (!change.all && view.parts().blocks[b] == change.before.parts().blocks[b]) continue;
        const std::size_t end = b * kBlockRows + view.block(b).rows;
        for (std::size_t row = b * kBlockRows; row < end; ++row) {
            if (!change.keeps(row, row)) change.write(rows_[row], row);
        }
    }
}

void RowTexts::update_order(Change& change) {
    const FleetView& view = change.context.view;
    const FleetView& before = change.before;
    std::vector<Row> rows(view.size());
    std::size_t old_row = 0;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        const WorkerIdentity& identity = view.identity(row);
        const auto is_it = [&] { return &before.identity(old_row) == &identity; };
        while (old_row < before.size() && !is_it() && before.identity(old_row).id < identity.id) {
            ++old_row;
        }
        if (old_row == before.size() || (!is_it() && before.identity(old_row).id != identity.id)) {
            change.write(rows[row], row);
            continue;
        }
        rows[row] = std::move(rows_[old_row]);
        if (!is_it() || !change.keeps(old_row, row)) change.write(rows[row], row);
        ++old_row;
    }
    rows_ = std::move(rows);
}

}  // namespace muster
