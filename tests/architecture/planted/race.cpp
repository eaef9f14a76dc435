// Planted: two threads write one plain counter. ThreadSanitizer, with the settings of the preset
// `tsan`, must end this program and name the marked line (tool_guards_test.py).
#include <cstdio>
#include <thread>

namespace {

// Volatile, or the loop becomes one write: two that meet in the same instant can escape the tool.
volatile int counted = 0;

void count_up() {
    for (int i = 0; i < 100'000; ++i) {
        counted = counted + 1;  // planted
    }
}

}  // namespace

int main() {
    std::thread other(count_up);
    count_up();
    other.join();
    std::printf("%d\n", counted);
    return 0;
}
