# What `cmake --install` puts down: per part a library, its public headers, a file of targets and a
# muster-<part>.pc; and musterConfig.cmake, which loads the parts that find_package() names. A
# program that names `core` alone links neither OpenSSL nor the NATS client.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# How a consumer of the static libraries finds what they link, and what pkg-config calls it. Boost
# is headers only, and none of ours shows them.
set(MUSTER_FINDS_simdjson::simdjson "find_dependency(simdjson)")
set(MUSTER_FINDS_fmt::fmt "find_dependency(fmt)")
set(MUSTER_FINDS_Boost::headers "find_dependency(Boost 1.81)")
set(MUSTER_FINDS_OpenSSL::SSL "find_dependency(OpenSSL)")
set(MUSTER_FINDS_ZLIB::ZLIB "find_dependency(ZLIB)")
set(MUSTER_FINDS_PkgConfig::nats
    "find_dependency(PkgConfig)\n  pkg_check_modules(nats REQUIRED QUIET IMPORTED_TARGET libnats)")
set(MUSTER_FINDS_PkgConfig::cares
    "find_dependency(PkgConfig)
  pkg_check_modules(cares REQUIRED QUIET IMPORTED_TARGET libcares)")
set(MUSTER_FINDS_yaml-cpp "find_dependency(yaml-cpp)")
set(MUSTER_PC_simdjson::simdjson simdjson)
set(MUSTER_PC_fmt::fmt fmt)
set(MUSTER_PC_OpenSSL::SSL openssl)
set(MUSTER_PC_ZLIB::ZLIB zlib)
set(MUSTER_PC_PkgConfig::nats libnats)
set(MUSTER_PC_PkgConfig::cares libcares)
set(MUSTER_PC_yaml-cpp yaml-cpp)

function(muster_install)
  set(folder ${CMAKE_INSTALL_LIBDIR}/cmake/muster)
  get_property(parts GLOBAL PROPERTY MUSTER_PARTS)
  set(MUSTER_PART_RULES "")
  foreach(part ${parts})
    install(TARGETS muster_${part} EXPORT muster-${part}
            LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
            FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
    install(EXPORT muster-${part} NAMESPACE muster:: DESTINATION ${folder})
    set_target_properties(muster_${part} PROPERTIES INSTALL_RPATH "$ORIGIN")
    muster_part_rule(${part})
    muster_pkgconfig(${part})
  endforeach()

  configure_package_config_file(
    "${PROJECT_SOURCE_DIR}/cmake/musterConfig.cmake.in" "${PROJECT_BINARY_DIR}/musterConfig.cmake"
    INSTALL_DESTINATION ${folder})
  write_basic_package_version_file("${PROJECT_BINARY_DIR}/musterConfigVersion.cmake"
                                   COMPATIBILITY SameMinorVersion)
  install(FILES "${PROJECT_BINARY_DIR}/musterConfig.cmake"
                "${PROJECT_BINARY_DIR}/musterConfigVersion.cmake" DESTINATION ${folder})
  install(FILES "${PROJECT_SOURCE_DIR}/packaging/prometheus/muster.rules.yml"
                "${PROJECT_SOURCE_DIR}/packaging/grafana/muster.json"
          DESTINATION ${CMAKE_INSTALL_DATADIR}/muster COMPONENT program)
endfunction()

# Appends to MUSTER_PART_RULES of the caller: the parts that a part needs, and how its foreign
# libraries are found. Shared libraries carry theirs with them.
function(muster_part_rule part)
  get_target_property(needs muster_${part} MUSTER_NEEDS)
  get_target_property(libraries muster_${part} MUSTER_LIBRARIES)
  set(rule "")
  if(needs)
    string(APPEND rule "set(_muster_${part}_needs ${needs})\n")
  endif()
  string(APPEND rule "macro(_muster_find_${part})\n  find_dependency(Threads)\n")
  if(libraries AND NOT BUILD_SHARED_LIBS)
    list(REMOVE_DUPLICATES libraries)
    foreach(library ${libraries})
      string(APPEND rule "  ${MUSTER_FINDS_${library}}\n")
    endforeach()
  endif()
  set(MUSTER_PART_RULES "${MUSTER_PART_RULES}${rule}endmacro()\n" PARENT_SCOPE)
endfunction()

function(muster_pkgconfig part)
  get_target_property(needs muster_${part} MUSTER_NEEDS)
  get_target_property(libraries muster_${part} MUSTER_LIBRARIES)
  set(MUSTER_PC_REQUIRES "")
  set(MUSTER_PC_PRIVATE "")
  foreach(need ${needs})
    if(need)
      list(APPEND MUSTER_PC_REQUIRES "muster-${need} = ${PROJECT_VERSION}")
    endif()
  endforeach()
  foreach(library ${libraries})
    list(APPEND MUSTER_PC_PRIVATE ${MUSTER_PC_${library}})
  endforeach()
  list(REMOVE_DUPLICATES MUSTER_PC_PRIVATE)
  list(JOIN MUSTER_PC_REQUIRES ", " MUSTER_PC_REQUIRES)
  list(JOIN MUSTER_PC_PRIVATE ", " MUSTER_PC_PRIVATE)
  # A static library does not carry what it links: everybody needs it then.
  if(NOT BUILD_SHARED_LIBS AND MUSTER_PC_PRIVATE)
    set(MUSTER_PC_REQUIRES "${MUSTER_PC_REQUIRES}, ${MUSTER_PC_PRIVATE}")
    string(REGEX REPLACE "^, " "" MUSTER_PC_REQUIRES "${MUSTER_PC_REQUIRES}")
    set(MUSTER_PC_PRIVATE "")
  endif()
  set(MUSTER_PC_PART ${part})
  file(RELATIVE_PATH MUSTER_PC_PREFIX "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
  configure_file("${PROJECT_SOURCE_DIR}/cmake/muster.pc.in"
                 "${PROJECT_BINARY_DIR}/muster-${part}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/muster-${part}.pc"
          DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()
