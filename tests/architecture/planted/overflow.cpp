// Planted: a signed overflow. UndefinedBehaviorSanitizer, with the settings of the preset `asan`,
// must end this program and name the marked line (tool_guards_test.py).
#include <cstdio>
#include <limits>

int main(int argc, char**) {
    const int sum = std::numeric_limits<int>::max() + argc;  // planted
    std::printf("%d\n", sum);
    return 0;
}
