// Planted: the only pointer to an allocation is dropped. LeakSanitizer, with the settings of the
// preset `asan`, must fail this program and name the marked line (tool_guards_test.py).
#include <cstdio>
#include <memory>

namespace {

int* volatile kept = nullptr;

void allocate() {
    kept = std::make_unique<int>(7).release();  // planted
}

}  // namespace

int main() {
    allocate();
    std::printf("%d\n", *kept);
    kept = nullptr;
    return 0;
}
