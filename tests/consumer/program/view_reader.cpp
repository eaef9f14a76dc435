// A user's smallest program: publishes nothing, reads the view that is always there.
#include <cstdio>

#include "muster/fleet/view_cell.hpp"

int main() {
    const muster::ViewCell cell;
    muster::ViewReader reader(cell);
    std::printf("version %llu\n", static_cast<unsigned long long>(reader.current().version()));
    return 0;
}
