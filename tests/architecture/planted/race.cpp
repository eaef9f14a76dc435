// Planted: two threads write one plain counter. ThreadSanitizer, with the settings of the preset
// `tsan`, must end this program and name the marked line (tool_guards_test.py).
#include <cstdio>
#include <thread>

namespace {

int counted = 0;

void count_up() {
    for (int i = 0; i < 100'000; ++i) {
        ++counted;  // planted
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
