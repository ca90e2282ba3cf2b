// SPDX-License-Identifier: Apache-2.0
// Files of ADQL, read.
#include "examples.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

namespace vo::tap {

namespace {

bool is_id_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

// "02-photons" -> "photons"
std::string make_id(const std::filesystem::path& path) {
    const auto stem = path.stem().string();
    const auto name = stem.find_first_not_of("0123456789-");
    return name == std::string::npos ? stem : stem.substr(name);
}

Example read_example(const std::filesystem::path& path) {
    const auto refuse = [&path](const std::string& what) {
        throw Error(Code::BadRequest, "the example " + path.string() + " " + what);
    };
    Example example{.id = make_id(path)};
    if (!std::all_of(example.id.begin(), example.id.end(), is_id_char))
        refuse("has a name with other characters than letters, digits, - and _");
    std::ifstream file(path);
    std::string line;
    while (std::getline(file, line)) {
        const auto text = trim(line);
        if (!example.query.empty() || !text.starts_with("--")) {
            example.query += line + "\n";
            continue;
        }
        const auto words = std::string(trim(text.substr(2)));
        if (example.name.empty())
            example.name = words;
        else
            example.description += (example.description.empty() ? "" : " ") + words;
    }
    example.query = trim(example.query);
    if (example.name.empty()) refuse("has no comment line that is its name");
    if (example.query.empty()) refuse("has no query");
    return example;
}

}  // namespace

std::vector<Example> read_examples(const std::string& folder) {
    std::vector<std::filesystem::path> paths;
    std::error_code failure;
    for (const auto& entry : std::filesystem::directory_iterator(folder, failure))
        if (entry.path().extension() == ".adql") paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    std::vector<Example> examples;
    for (const auto& path : paths) {
        try {
            auto example = read_example(path);
            for (const auto& other : examples)
                if (other.id == example.id)
                    throw Error(Code::BadRequest,
                                "the example " + path.string() + " has the id \"" + example.id +
                                    "\" like one before it; name the file otherwise");
            examples.push_back(std::move(example));
        } catch (const Error& error) {
            // Deliberate: one bad example must not stop a service, nor hide the others.
            log::warn("example", {{"message", error.what()}});
        }
    }
    return examples;
}

}  // namespace vo::tap
