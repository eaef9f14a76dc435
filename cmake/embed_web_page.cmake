# cmake -DWEB=web -DOUT=folder -DGZIP=gzip -P embed_web_page.cmake
#
# Turns the bundled files into OUT/web_files_embedded.cpp: each as it is and packed, what the page
# loads under a name that holds the hash of its bytes. The first script and the style sheet stand in
# the page itself; its content security policy names them by their hashes.
set(entries "")
set(arrays "")

function(bytes_of file name)
  file(READ "${file}" hex HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
  set(four "0x..,0x..,0x..,0x..,")
  string(REGEX REPLACE "(${four}${four}${four}${four})" "\\1\n" bytes "${bytes}")
  set(arrays "${arrays}const unsigned char ${name}[] = {\n${bytes}};\n" PARENT_SCOPE)
endfunction()

# embed(<file> <identifier> <content type> <path>, where HASH stands for the hash)
function(embed file name type path)
  file(SHA256 "${file}" hash)
  string(SUBSTRING "${hash}" 0 16 hash)
  string(REPLACE HASH "${hash}" path "${path}")
  execute_process(COMMAND "${GZIP}" -9 -n -c "${file}" OUTPUT_FILE "${OUT}/${name}.gz"
                  COMMAND_ERROR_IS_FATAL ANY)
  bytes_of("${file}" ${name}Plain)
  bytes_of("${OUT}/${name}.gz" ${name}Packed)
  set(arrays "${arrays}" PARENT_SCOPE)
  set(entries "${entries}    {\"${path}\", \"${type}\", \"${hash}\", text(${name}Plain), \
text(${name}Packed)},\n" PARENT_SCOPE)
  set(${name}_path "${path}" PARENT_SCOPE)
endfunction()

embed("${OUT}/app.js" kApp "text/javascript; charset=utf-8" "/assets/app.HASH.js")
embed("${WEB}/images/icon.svg" kIcon "image/svg+xml" "/assets/icon.HASH.svg")
embed("${WEB}/images/icon_trouble.svg" kIconTrouble "image/svg+xml"
      "/assets/icon_trouble.HASH.svg")

# The digits of a SHA-256, three by three, as base64 has them.
function(base64_of hex result)
  set(digits "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  string(REGEX MATCHALL "..." threes "${hex}00")
  set(text "")
  foreach(three ${threes})
    math(EXPR high "0x${three} >> 6")
    math(EXPR low "0x${three} & 63")
    string(SUBSTRING "${digits}" ${high} 1 one)
    string(SUBSTRING "${digits}" ${low} 1 other)
    string(APPEND text "${one}${other}")
  endforeach()
  string(SUBSTRING "${text}" 0 43 text)
  set(${result} "${text}=" PARENT_SCOPE)
endfunction()

# inline(<file> <name>): its text and, as the policy has it, its hash in <name> and <name>_hash.
function(inline file name)
  file(READ "${file}" text)
  string(STRIP "${text}" text)
  string(SHA256 hash "${text}")
  base64_of("${hash}" hash)
  set(${name} "${text}" PARENT_SCOPE)
  set(${name}_hash "sha256-${hash}" PARENT_SCOPE)
endfunction()

inline("${OUT}/first.js" first)
inline("${OUT}/page.css" style)
file(READ "${WEB}/index.html" page)
string(REPLACE "@FIRST@" "${first}" page "${page}")
string(REPLACE "@APP@" "${kApp_path}" page "${page}")
string(REPLACE "@STYLE@" "${style}" page "${page}")
string(REPLACE "@ICON@" "${kIcon_path}" page "${page}")
string(REPLACE "@ICON_TROUBLE@" "${kIconTrouble_path}" page "${page}")
file(WRITE "${OUT}/index.html" "${page}")
embed("${OUT}/index.html" kPage "text/html; charset=utf-8" "/")

file(WRITE "${OUT}/web_files_embedded.cpp"
"// Made by cmake/embed_web_page.cmake from web/; change that.
#include \"muster/serve/web_files.hpp\"

namespace muster {
namespace {

${arrays}
template <std::size_t kSize>
std::string_view text(const unsigned char (&bytes)[kSize]) noexcept {
    return {reinterpret_cast<const char*>(bytes), kSize};
}

const WebFile kFiles[] = {
${entries}};

}  // namespace

std::span<const WebFile> web_files() noexcept {
    return kFiles;
}

InlineHashes inline_hashes() noexcept {
    return {\"${first_hash}\", \"${style_hash}\"};
}

}  // namespace muster
")
