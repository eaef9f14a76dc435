# muster_web_page(<target>)
#
# Bundles the live page (web/) with esbuild and adds it to <target> as bytes: serve/web_files.hpp is
# what it offers. Nothing is fetched; the page has no dependencies.
function(muster_web_page target)
  find_program(MUSTER_ESBUILD esbuild)
  find_program(MUSTER_GZIP gzip)
  if(NOT MUSTER_ESBUILD OR NOT MUSTER_GZIP)
    message(FATAL_ERROR "esbuild and gzip make the web page: tools/install_deps.sh run")
  endif()
  set(web "${PROJECT_SOURCE_DIR}/web")
  set(out "${CMAKE_CURRENT_BINARY_DIR}/web")
  set(embed "${PROJECT_SOURCE_DIR}/cmake/embed_web_page.cmake")
  file(GLOB_RECURSE inputs CONFIGURE_DEPENDS "${web}/*.ts" "${web}/*.css" "${web}/*.svg")
  list(FILTER inputs EXCLUDE REGEX "_test\\.ts$")
  add_custom_command(OUTPUT "${out}/web_files_embedded.cpp"
    COMMAND "${MUSTER_ESBUILD}" src/main.ts --bundle --minify --target=es2021 --charset=utf8
            --log-level=warning "--outfile=${out}/app.js"
    COMMAND "${MUSTER_ESBUILD}" src/first_request.ts --bundle --minify --target=es2021
            --charset=utf8 --log-level=warning "--outfile=${out}/first.js"
    COMMAND "${MUSTER_ESBUILD}" styles/page.css --bundle --minify --charset=utf8
            --log-level=warning "--outfile=${out}/page.css"
    COMMAND "${CMAKE_COMMAND}" "-DWEB=${web}" "-DOUT=${out}" "-DGZIP=${MUSTER_GZIP}" -P "${embed}"
    DEPENDS ${inputs} "${web}/index.html" "${embed}"
    WORKING_DIRECTORY "${web}" COMMENT "Bundling the web page" VERBATIM)
  target_sources(${target} PRIVATE "${out}/web_files_embedded.cpp")
endfunction()
