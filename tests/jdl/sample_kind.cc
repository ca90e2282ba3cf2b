// SPDX-License-Identifier: Apache-2.0
// The description that is right, and its folder.
#include "jdl/sample_kind.h"

#include <cstdlib>
#include <fstream>

#include <cppunit/extensions/HelperMacros.h>

namespace vo::jdl {

namespace fs = std::filesystem;

std::vector<std::string> sample_lines() {
    return {
        "# A comment.",
        "version = 1.0",
        "description = Selects",
        "    events.",
        "command = tool --radius={radius} --mode={mode} -- {names} {events}",
        "time_s = 60",
        "time_hard_s = 600",
        "environment = HOME={kind_dir}/home",
        "",
        "[parameter radius]",
        "type = double",
        "unit = deg",
        "ucd = pos.angDistance",
        "min = 0",
        "max = 180",
        "default = 0.1",
        "",
        "[parameter mode]",
        "type = char",
        "options = cone | box",
        "default = cone",
        "",
        "[parameter names]",
        "type = char",
        "arraysize = 80*",
        "multiplicity = 0..3",
        "",
        "[input events]",
        "content_type = application/fits",
        "origin = upload url",
        "",
        "[result selected]",
        "content_type = application/fits",
        "file = selected.fits",
    };
}

std::string join_lines(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines)
        text += line + '\n';
    return text;
}

KindFolder::KindFolder() {
    std::string name = (fs::temp_directory_path() / "vogate-kind-XXXXXX").string();
    path_ = mkdtemp(name.data());
    for (const auto* program : {"tool", "bash", "env"}) {
        write(program, "#!/bin/false\n");
        fs::permissions(path_ / program, fs::perms::owner_all);
    }
    write("plain", "");
    write("script.sh", "");
}

KindFolder::~KindFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

Site KindFolder::site() const {
    return {.program_dirs = {(path_ / "none").string(), path_.string()}, .executors = {"local"}};
}

Kind KindFolder::parse(std::string_view text, std::string_view name) const {
    return parse_kind(name, text, path_.string(), "select.job", site());
}

void KindFolder::write(const std::string& name, std::string_view text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
}

std::string refusal(const std::function<void()>& work) {
    try {
        work();
    } catch (const Error& error) {
        CPPUNIT_ASSERT(error.code() == Code::BadRequest);
        return error.what();
    }
    return "accepted";
}

}  // namespace vo::jdl
