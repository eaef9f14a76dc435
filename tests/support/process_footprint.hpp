// What this process holds now: threads, descriptors, bytes of heap. For tests that nothing grows.
#pragma once

#include <malloc.h>

#include <cstddef>
#include <filesystem>
#include <iterator>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/allocator_interface.h>
#define MUSTER_SANITIZER_HEAP 1
#elif __has_feature(thread_sanitizer)
#include <sanitizer/allocator_interface.h>
#define MUSTER_SANITIZER_HEAP 1
#endif
#endif

namespace muster::testing {

struct ProcessFootprint {
    std::ptrdiff_t threads = 0;
    std::ptrdiff_t descriptors = 0;
    std::size_t heap_bytes = 0;

    /// A sanitizer has an allocator of its own, which glibc knows nothing of.
    static ProcessFootprint taken() {
        const auto entries = [](const char* folder) {
            return std::distance(std::filesystem::directory_iterator(folder), {});
        };
        ProcessFootprint footprint;
        footprint.threads = entries("/proc/self/task");
        footprint.descriptors = entries("/proc/self/fd");
#ifdef MUSTER_SANITIZER_HEAP
        footprint.heap_bytes = __sanitizer_get_current_allocated_bytes();
#else
        const auto heap = ::mallinfo2();
        footprint.heap_bytes = heap.uordblks + heap.hblkhd;
#endif
        return footprint;
    }
};

}  // namespace muster::testing
