// A wall clock is shown, never subtracted from the steady one: the difference must not compile.
// expect: no match for|invalid operands
#include "muster/base/time.hpp"

muster::Duration since(muster::Time then, muster::WallTime shown, muster::Time now);
muster::Duration since(muster::Time then, [[maybe_unused]] muster::WallTime shown,
                       [[maybe_unused]] muster::Time now) {
#ifdef MUSTER_BREACH
    return shown - then;  // breach
#else
    return now - then;
#endif
}
