// SPDX-License-Identifier: Apache-2.0
// Fuzz entry point of descriptions: what begins with "<" is a document to import, all else a
// description file. One that is right is written in each form, and comes back as the same kind from
// those that are read.
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/error.h"
#include "jdl/document.h"

namespace {

using vo::jdl::Form;
using vo::jdl::Kind;

const vo::jdl::Site kSite{.program_dirs = {"/bin"}, .executors = {"local"}};

// False when it is refused; anything but a refusal in words is a finding.
template <typename Work>
bool accepted(const Work& work) {
    try {
        work();
        return true;
    } catch (const vo::Error& error) {
        if (error.code() != vo::Code::BadRequest || std::string_view(error.what()).empty())
            __builtin_trap();
        return false;
    }
}

void use_values(const Kind& kind, std::string_view text) {
    const std::string value(text.substr(0, 200));
    vo::jdl::Given given;
    for (const auto& parameter : kind.parameters)
        if (accepted([&] { vo::jdl::check_value(kind, parameter.name, value); }))
            given.emplace_back(parameter.name, value);
    for (const auto& input : kind.inputs)
        if (accepted([&] { vo::jdl::check_value(kind, input.name, value); }))
            given.emplace_back(input.name, value);
    static_cast<void>(vo::jdl::find_fault(kind, given));
    const auto words = vo::jdl::make_command(
        kind,
        [&](std::string_view name) {
            std::vector<std::string> values;
            for (const auto& [given_name, given_value] : given)
                if (given_name == name) values.push_back(given_value);
            return values;
        },
        "/job.json");
    if (words.empty() || words.front() != kind.program) __builtin_trap();
    for (const auto& result : kind.results)
        static_cast<void>(vo::jdl::matches_file(result.file, text.substr(0, 300)));
}

// No word has a double quote.
std::string command_of(const Kind& kind) {
    std::string command;
    for (const auto& word : kind.command)
        command += '"' + word + "\" ";
    return command;
}

void check_forms(const Kind& kind) {
    for (const auto form : {Form::VOTable, Form::Json, Form::Wadl}) {
        std::string document;
        vo::StringSink sink(document);
        vo::jdl::write_jdl(sink, form, kind, "http://127.0.0.1/uws/" + kind.name);
        // A description of a megabyte may have a document of more, which is not read.
        if (form == Form::Json || document.size() > 500'000) continue;
        const auto imported =
            vo::jdl::import_jdl(document, {.name = {}, .command = command_of(kind)});
        const auto same =
            vo::jdl::parse_kind(imported.name, imported.text, kind.folder, "again.job", kSite);
        if (kind.parameters != same.parameters && imported.notes.empty()) __builtin_trap();
        if (same.command != kind.command || same.time_s != kind.time_s ||
            same.results.size() != kind.results.size())
            __builtin_trap();
    }
}

void read_description(std::string_view text) {
    accepted([&] {
        const auto kind = vo::jdl::parse_kind("fuzz", text, "/", "fuzz.job", kSite);
        use_values(kind, text);
        check_forms(kind);
    });
}

void read_document(std::string_view text) {
    accepted([&] {
        const auto imported = vo::jdl::import_jdl(text, {.name = {}, .command = "cat {job}"});
        const auto kind = vo::jdl::parse_kind(imported.name, imported.text, "/", "fuzz.job", kSite);
        if (kind.command.size() != 2 || kind.program != "/bin/cat") __builtin_trap();
        check_forms(kind);
    });
    accepted([&] { static_cast<void>(vo::jdl::import_jdl(text, {})); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (text.starts_with('<'))
        read_document(text);
    else
        read_description(text);
    return 0;
}
