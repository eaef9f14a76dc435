# Flags that every target of ours gets, as the interface target muster_flags.
add_library(muster_flags INTERFACE)
target_compile_features(muster_flags INTERFACE cxx_std_23)
target_compile_options(muster_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wold-style-cast
  # ccache finds the same object from another clone, and debug paths stay right.
  "-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # With -O3 this compiler sees an overlap in `"." + std::to_string(n)` that is not there.
  target_compile_options(muster_flags INTERFACE $<$<CONFIG:Release>:-Wno-restrict>)
endif()
if(MUSTER_WERROR)
  target_compile_options(muster_flags INTERFACE -Werror)
endif()

if(MUSTER_SANITIZE)
  target_compile_options(muster_flags INTERFACE
    -fsanitize=${MUSTER_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(muster_flags INTERFACE -fsanitize=${MUSTER_SANITIZE})
  if(MUSTER_SANITIZE MATCHES "thread")
    # Boost.Asio uses fences, which TSan cannot see; what it guards is checked by ASan runs.
    target_compile_options(muster_flags INTERFACE -Wno-tsan -Wno-unknown-warning-option)
  endif()
endif()
if(MUSTER_FUZZ)
  target_compile_options(muster_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(MUSTER_COVERAGE)
  target_compile_options(muster_flags INTERFACE --coverage)
  target_link_options(muster_flags INTERFACE --coverage)
endif()

find_program(MUSTER_CCACHE ccache)
if(MUSTER_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}" CCACHE_NOHASHDIR=1
      ${MUSTER_CCACHE})
endif()
find_program(MUSTER_MOLD mold)
if(MUSTER_MOLD)
  target_link_options(muster_flags INTERFACE -fuse-ld=mold)
endif()
