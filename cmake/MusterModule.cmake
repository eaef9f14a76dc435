# muster_module(NAME <name> FOLDER <folder> PART <part> [DEPENDS <modules>...]
#               [LIBRARIES <targets>...])
#
# One folder under src/muster: all its *.cpp but tests and benches. DEPENDS is the list of modules
# whose headers it may include (tools/check_layers.py holds every include against it). PART names
# the installed library that holds it (muster_part below). LIBRARIES are foreign targets, private.
# x_test.cpp files become the executable muster_<name>_test, x_bench.cpp files muster_<name>_bench.
function(muster_module)
  cmake_parse_arguments(ARG "" "NAME;FOLDER;PART" "DEPENDS;LIBRARIES" ${ARGN})
  set(folder "${CMAKE_CURRENT_SOURCE_DIR}/${ARG_FOLDER}")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${folder}/*.cpp")
  set(tests ${sources})
  set(benches ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER benches INCLUDE REGEX "_bench\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_(test|bench)\\.cpp$")
  if(NOT TARGET muster_${ARG_PART})
    return()
  endif()

  # Headers that lie in the folder itself are public; those in folders below it are private.
  file(GLOB headers CONFIGURE_DEPENDS "${folder}/*.hpp")
  target_sources(muster_${ARG_PART} PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/src"
                 FILES ${headers})
  if(NOT sources)
    return()
  endif()
  target_sources(muster_${ARG_PART} PRIVATE ${sources})
  target_link_libraries(muster_${ARG_PART} PRIVATE ${ARG_LIBRARIES})
  set_property(TARGET muster_${ARG_PART} APPEND PROPERTY MUSTER_LIBRARIES ${ARG_LIBRARIES})
  if(MUSTER_DEVELOPER)
    if(tests)
      muster_test(muster_${ARG_NAME}_test SOURCES ${tests} PARTS ${ARG_PART}
                  LIBRARIES ${ARG_LIBRARIES})
    endif()
    if(benches)
      muster_bench(muster_${ARG_NAME}_bench SOURCES ${benches} PARTS ${ARG_PART}
                   LIBRARIES ${ARG_LIBRARIES})
    endif()
  endif()
endfunction()

# muster_part(<name> FOLDERS <folders>... [PARTS <other parts>...])
#
# One installed library, libmuster_<name>; its sources come from the modules that name it.
function(muster_part name)
  cmake_parse_arguments(ARG "" "" "PARTS;FOLDERS" ${ARGN})
  list(TRANSFORM ARG_FOLDERS APPEND "/*.cpp")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${ARG_FOLDERS})
  if(NOT sources)
    return()
  endif()
  add_library(muster_${name})
  add_library(muster::${name} ALIAS muster_${name})
  set_target_properties(muster_${name} PROPERTIES EXPORT_NAME ${name} LINKER_LANGUAGE CXX
                        DEFINE_SYMBOL "" VERSION ${PROJECT_VERSION}
                        SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  target_compile_features(muster_${name} PUBLIC cxx_std_23)
  target_link_libraries(muster_${name} PUBLIC Threads::Threads
                        PRIVATE $<BUILD_INTERFACE:muster_flags>)
  set_property(GLOBAL APPEND PROPERTY MUSTER_PARTS ${name})
  foreach(part ${ARG_PARTS})
    if(TARGET muster_${part})
      set_property(TARGET muster_${name} APPEND PROPERTY MUSTER_NEEDS ${part})
      target_link_libraries(muster_${name} PUBLIC muster_${part})
    endif()
  endforeach()
endfunction()

# muster_test(<target> SOURCES <files>... PARTS <parts>... [LIBRARIES <targets>...]
#             [LABEL <label>] [TIMEOUT <seconds>] [SLOTS <n>])
#
# A GoogleTest program; every TEST becomes a CTest test of its own. LABEL is `unit` unless given;
# `ctest -L` chooses by it, and sanitizer runs leave out `no-sanitizer`. SLOTS are taken of the four
# that ctest fills at once (CMakePresets.json), on two cores: 2, unless given, by one that computes,
# 1 by one that mostly waits. Under a sanitizer, where waiting computes too, there are three.
function(muster_test target)
  cmake_parse_arguments(ARG "" "TIMEOUT;LABEL;SLOTS" "SOURCES;PARTS;LIBRARIES" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  if(NOT ARG_LABEL)
    set(ARG_LABEL unit)
  endif()
  if(NOT ARG_SLOTS)
    set(ARG_SLOTS 2)
  endif()
  set(properties TIMEOUT ${ARG_TIMEOUT} LABELS ${ARG_LABEL} PROCESSORS ${ARG_SLOTS})
  add_executable(${target} ${ARG_SOURCES})
  list(TRANSFORM ARG_PARTS PREPEND muster_)
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  target_link_libraries(${target} PRIVATE muster_test_support muster_test_places ${ARG_PARTS}
                        ${ARG_LIBRARIES} muster_flags GTest::gmock_main rapidcheck
                        nlohmann_json::nlohmann_json)
  include(GoogleTest)
  gtest_discover_tests(${target} DISCOVERY_MODE PRE_TEST TEST_PREFIX "${target}."
                       DISCOVERY_TIMEOUT 30 PROPERTIES ${properties})
endfunction()

# muster_bench(<target> SOURCES <files>... PARTS <parts>... [LIBRARIES <targets>...])
function(muster_bench target)
  cmake_parse_arguments(ARG "" "" "SOURCES;PARTS;LIBRARIES" ${ARGN})
  add_executable(${target} EXCLUDE_FROM_ALL ${ARG_SOURCES})
  list(TRANSFORM ARG_PARTS PREPEND muster_)
  target_link_libraries(${target} PRIVATE ${ARG_PARTS} ${ARG_LIBRARIES} muster_flags
                        muster_test_places benchmark::benchmark_main)
  set_property(GLOBAL APPEND PROPERTY MUSTER_BENCHES ${target})
endfunction()
