// A read of an unchanged view writes nothing that others share: shown by taking the right to write
// away. A reference count that moved, or any other read-modify-write, would end the test.
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <csignal>
#include <cstddef>
#include <memory>

#include "muster/fleet/view_cell.hpp"

namespace muster {
namespace {

/// Memory of one object, which can be made read-only.
class Pages {
public:
    static constexpr std::size_t kBytes = 64 * 1024;
    Pages()
        : memory_(::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                         0)) {}
    ~Pages() { ::munmap(memory_, kBytes); }
    Pages(const Pages&) = delete;
    Pages& operator=(const Pages&) = delete;

    [[nodiscard]] void* memory() const noexcept { return memory_; }
    void may_write(bool may) const {
        ASSERT_EQ(::mprotect(memory_, kBytes, may ? PROT_READ | PROT_WRITE : PROT_READ), 0);
    }

private:
    void* memory_;
};

/// Gives the pages to the first who asks: for allocate_shared, which puts the counts beside the
/// object.
template <typename T>
struct PagesAllocator {
    using value_type = T;
    explicit PagesAllocator(const Pages& of) : pages(&of) {}
    template <typename U>
    explicit PagesAllocator(const PagesAllocator<U>& other) : pages(other.pages) {}
    T* allocate(std::size_t) { return static_cast<T*>(pages->memory()); }
    void deallocate(T*, std::size_t) {}
    friend bool operator==(const PagesAllocator&, const PagesAllocator&) = default;
    const Pages* pages;
};

class ReadOnlyView : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_NE(cell_pages_.memory(), MAP_FAILED);
        ASSERT_NE(view_pages_.memory(), MAP_FAILED);
        cell_ = std::construct_at(static_cast<ViewCell*>(cell_pages_.memory()));
        FleetView::Parts parts = FleetView().parts();
        parts.version = 7;
        cell_->publish(std::allocate_shared<const FleetView>(
            PagesAllocator<const FleetView>(view_pages_), std::move(parts)));
    }
    void TearDown() override { std::destroy_at(cell_); }
    void may_write(bool may) const {
        cell_pages_.may_write(may);
        view_pages_.may_write(may);
    }

    Pages cell_pages_;
    Pages view_pages_;
    ViewCell* cell_ = nullptr;
};

TEST_F(ReadOnlyView, IsReadWithoutAWriteToWhatIsShared) {
    ViewReader reader(*cell_);
    std::uint64_t sum = reader.current().version();
    may_write(false);
    for (int i = 0; i < 999; ++i) sum += reader.current().version();
    may_write(true);
    EXPECT_EQ(sum, 7'000U);
}

TEST_F(ReadOnlyView, IsNotEvenHeldWithoutOne) {
    ViewReader reader(*cell_);
    (void)reader.current();
    EXPECT_DEATH(
        {
            // ThreadSanitizer's own handler would wait for ever: it allocates for its report, and
            // that takes the lock which its atomics hold while they write.
            (void)std::signal(SIGSEGV, SIG_DFL);
            may_write(false);
            const FleetViewPtr held = reader.hold();
        },
        "");
}

}  // namespace
}  // namespace muster
