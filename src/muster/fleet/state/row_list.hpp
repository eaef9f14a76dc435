// RowList: the rows of one instance, nearly always one. A chain, since a vector and its memory take
// five times as much as the pointer to that one.
#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>

namespace muster {

/// `Row` has a member `std::unique_ptr<Row> next_of_instance`, which is this list's own.
template <typename Row>
class RowList {
public:
    class Iterator {
    public:
        using value_type = Row*;
        using difference_type = std::ptrdiff_t;
        Iterator() = default;
        explicit Iterator(Row* at) noexcept : at_(at) {}
        [[nodiscard]] Row* operator*() const noexcept { return at_; }
        Iterator& operator++() noexcept {
            at_ = at_->next_of_instance.get();
            return *this;
        }
        Iterator operator++(int) noexcept {
            const Iterator before = *this;
            ++*this;
            return before;
        }
        friend bool operator==(Iterator, Iterator) = default;

    private:
        Row* at_ = nullptr;
    };

    RowList() = default;
    /// One by one: a chain of thousands would end each other, one within the other.
    ~RowList() {
        while (first_) first_ = std::move(first_->next_of_instance);
    }
    RowList(const RowList&) = delete;
    RowList& operator=(const RowList&) = delete;

    [[nodiscard]] Iterator begin() const noexcept { return Iterator(first_.get()); }
    [[nodiscard]] Iterator end() const noexcept { return Iterator(); }
    [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
    [[nodiscard]] std::size_t size() const noexcept {
        return static_cast<std::size_t>(std::distance(begin(), end()));
    }
    /// Null if empty.
    [[nodiscard]] Row* front() const noexcept { return first_.get(); }

    /// At the end. Gives it back as it lies there.
    Row& add(std::unique_ptr<Row> row) {
        std::unique_ptr<Row>* place = &first_;
        while (*place) place = &(*place)->next_of_instance;
        *place = std::move(row);
        return **place;
    }
    /// REQUIRES: it is in the list.
    std::unique_ptr<Row> take(const Row& row) {
        std::unique_ptr<Row>* place = &first_;
        while (place->get() != &row) place = &(*place)->next_of_instance;
        std::unique_ptr<Row> taken = std::move(*place);
        *place = std::move(taken->next_of_instance);
        return taken;
    }

private:
    std::unique_ptr<Row> first_;
};

}  // namespace muster
