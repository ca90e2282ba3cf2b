// SPDX-License-Identifier: Apache-2.0
// Fuzz entry point of event-select: a file is cut, or is refused in words and leaves nothing
// behind; what comes out can be cut again. The first byte chooses the cuts.
#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "kinds/event_select/select.h"
#include "table/read_back.h"

namespace {

namespace fs = std::filesystem;
using vo::kinds::Arguments;

// In memory where that is possible, for each result is synced to its disk.
fs::path make_folder() {
    const fs::path memory = "/dev/shm";
    auto pattern =
        ((fs::exists(memory) ? memory : fs::temp_directory_path()) / "vogate-fuzz-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) __builtin_trap();
    return pattern;
}

class Folder {
  public:
    ~Folder() { fs::remove_all(path); }

    const fs::path path = make_folder();
};

Arguments arguments_for(std::uint8_t choice) {
    Arguments arguments;
    if ((choice & 1U) != 0) arguments.cone = vo::kinds::Cone{83.63, 22.01, 0.8};
    if ((choice & 2U) != 0) arguments.energy_tev.min = 0.3;
    if ((choice & 4U) != 0) arguments.energy_tev.max = 3;
    if ((choice & 8U) != 0) arguments.time_mjd.min = 51910.0181;
    if ((choice & 16U) != 0) arguments.time_mjd.max = 51910.0297;
    return arguments;
}

// False when it is refused.
bool select(const Arguments& arguments) {
    try {
        vo::kinds::Progress progress;
        const auto summary = vo::kinds::select_events(arguments, progress);
        if (summary.tally.kept > summary.tally.read) __builtin_trap();
        return true;
    } catch (const vo::Error& error) {
        if (error.code() != vo::Code::BadRequest && error.code() != vo::Code::TooLarge)
            __builtin_trap();
        const std::string_view words = error.what();
        if (words.empty() || words.size() > 2000 ||
            vo::find_bad_utf8(words) != std::string_view::npos)
            __builtin_trap();
        return false;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Folder folder;
    if (size == 0) return 0;
    const vo::test::TempFile file({reinterpret_cast<const char*>(data) + 1, size - 1});
    auto arguments = arguments_for(data[0]);
    arguments.input = "/proc/self/fd/" + std::to_string(file.descriptor());
    arguments.output = folder.path / "selected.fits";
    const bool done = select(arguments);
    if (done != fs::exists(arguments.output)) __builtin_trap();
    if (done) {
        arguments.input = arguments.output;
        arguments.output = folder.path / "again.fits";
        if (!select(arguments)) __builtin_trap();
        fs::remove(arguments.input);
        fs::remove(arguments.output);
    }
    if (!fs::is_empty(folder.path)) __builtin_trap();
    return 0;
}
