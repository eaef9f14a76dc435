// Replays a corpus through a fuzz target without a fuzzer: each file once, then each file cut short
// at some places, since truncation is what networks do. Linked by fuzz/CMakeLists.txt with every
// *_fuzz.cpp outside of the preset `fuzz`; one thread.
//
// usage: <target> FILE|FOLDER...   exit 0: all replayed; 2: nothing to replay, or not readable.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

namespace {

namespace fs = std::filesystem;

// Cuts per file: enough to end inside most tokens of a small file, few enough for a large one.
constexpr std::size_t kCutsMax = 64;

std::vector<fs::path> files_under(const fs::path& root) {
    std::error_code failed;
    if (fs::is_regular_file(root, failed)) return {root};
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(root, failed)) {
        if (entry.is_regular_file(failed)) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::optional<std::vector<std::uint8_t>> bytes_of(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return std::nullopt;
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    return std::vector<std::uint8_t>(text.begin(), text.end());
}

// The input is copied to an exact allocation, so that ASan sees a read past its end.
void feed(const std::vector<std::uint8_t>& bytes, std::size_t size) {
    const std::vector<std::uint8_t> exact(bytes.begin(),
                                          bytes.begin() + static_cast<std::ptrdiff_t>(size));
    (void)LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

}  // namespace

int main(int argc, char** argv) {
    std::size_t replayed = 0;
    for (int i = 1; i < argc; ++i) {
        for (const fs::path& file : files_under(argv[i])) {
            const auto bytes = bytes_of(file);
            if (!bytes) {
                std::fprintf(stderr, "%s: cannot be read: check its permissions\n", file.c_str());
                return 2;
            }
            feed(*bytes, bytes->size());
            const std::size_t step = bytes->size() / kCutsMax + 1;
            for (std::size_t size = 0; size < bytes->size(); size += step) feed(*bytes, size);
            ++replayed;
        }
    }
    std::printf("replayed %zu files\n", replayed);
    if (replayed == 0) {
        std::fprintf(stderr, "no file to replay: give files or folders that hold some\n");
        return 2;
    }
    return 0;
}
