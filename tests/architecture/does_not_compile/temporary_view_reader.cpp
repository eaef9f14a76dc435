// The view of a reader that dies in the same expression would dangle, so it must not compile.
// expect: deleted function
#include "muster/fleet/view_cell.hpp"

std::uint64_t version_of(const muster::ViewCell& cell);

std::uint64_t version_of(const muster::ViewCell& cell) {
    muster::ViewReader reader(cell);
#ifdef MUSTER_BREACH
    return muster::ViewReader(cell).current().version();  // breach
#else
    return reader.current().version();
#endif
}
