// What clients send in bodies, what a muster answers to another, and the file of workers named over
// REST: no text may hurt, and what is printed of what was read says the same.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "muster/wire/cordon_request.hpp"
#include "muster/wire/journal_json.hpp"
#include "muster/wire/problem_document.hpp"
#include "muster/wire/rest_worker.hpp"
#include "require.hpp"

namespace {

using muster::fuzzing::require;

void check_printed(const std::vector<muster::RestWorker>& workers) {
    const std::string printed = muster::print_rest_workers(workers);
    const auto again = muster::parse_rest_workers(printed);
    require(again && muster::print_rest_workers(*again) == printed);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // Of exactly its size, so that a sanitizer sees a byte read too many.
    const std::string text(reinterpret_cast<const char*>(data), size);
    if (const auto cordon = muster::parse_cordon_request(text)) {
        require(!cordon->why.empty());
    }
    if (const auto worker = muster::parse_rest_worker(text)) check_printed({*worker});
    if (const auto workers = muster::parse_rest_workers(text)) check_printed(*workers);
    if (const auto journal = muster::parse_journal_document(text)) {
        std::string printed;
        muster::append_journal_json(printed, *journal);
        require(muster::parse_journal_document(printed).has_value());
    }
    static_cast<void>(muster::parse_problem(text));
    return 0;
}
