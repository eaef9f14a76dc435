// A source's handle is not a component's: mixing them up must not compile.
// expect: ComponentId|no matching|could not convert|cannot convert|no known conversion
#include "muster/base/strong_id.hpp"

std::uint32_t index_of(muster::ComponentId component);
std::uint32_t index_of(muster::ComponentId component) {
    return component.value;
}

std::uint32_t first(muster::SourceId source, muster::ComponentId component);
std::uint32_t first(muster::SourceId source, muster::ComponentId component) {
#ifdef MUSTER_BREACH
    return index_of(source) + component.value;  // breach
#else
    return index_of(component) + source.value;
#endif
}
