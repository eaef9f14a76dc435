// For tests that end a connection in the middle of a message: nats.c 3.4.1 forgets the half that it
// had read, and LeakSanitizer is told so. To be included by one file of a program.
#pragma once

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
    return "leak:natsBuf_Create\n";
}
#endif
#endif
