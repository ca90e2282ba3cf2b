// SPDX-License-Identifier: Apache-2.0
// Sections to a kind: one row for each key that a section may have.
#include <algorithm>
#include <array>
#include <limits>
#include <span>

#include "base/text.h"
#include "fits/digest.h"
#include "jdl/check_kind.h"
#include "jdl/command.h"
#include "jdl/kind.h"
#include "jdl/sheet.h"

namespace vo::jdl {

namespace {

// A line, and how to refuse it.
struct Field {
    const Entry& entry;
    const std::string& shown_path;

    [[noreturn]] void fail(const std::string& message) const {
        refuse(shown_path, entry.line, message);
    }

    [[nodiscard]] const std::string& value() const { return entry.value; }
};

// A value is never empty: a key without one is left out.
template <typename Part>
struct Key {
    std::string_view name;
    void (*set)(Part& part, const Field& field);
    bool repeats = false;
};

template <auto Member, typename Part>
void set_text(Part& part, const Field& field) {
    part.*Member = field.value();
}

template <auto Member, std::int64_t Most, typename Part>
void set_number(Part& part, const Field& field) {
    const auto number = parse_integer(field.value());
    if (!number || *number < 1 || *number > Most)
        field.fail(field.entry.key + " takes a whole number from 1 to " + std::to_string(Most) +
                   ", not " + shown(field.value()));
    part.*Member = *number;
}

// No blanks; of the characters that media types, versions and the like have.
template <auto Member, typename Part>
void set_word(Part& part, const Field& field) {
    constexpr std::size_t kMost = 100;
    const auto good = [](char c) {
        return c > ' ' && c < 0x7f && c != '"' && c != '<' && c != '>' && c != '&';
    };
    if (field.value().size() > kMost ||
        !std::all_of(field.value().begin(), field.value().end(), good))
        field.fail(field.entry.key + " is a word of at most " + std::to_string(kMost) +
                   " ASCII characters, not " + shown(field.value()));
    part.*Member = field.value();
}

template <typename Part>
void set_multiplicity(Part& part, const Field& field) {
    constexpr std::int64_t kMost = 10'000;
    const std::string_view text = field.value();
    const auto dots = text.find("..");
    const auto least = parse_integer(text.substr(0, dots));
    const auto last = dots == std::string_view::npos ? text : text.substr(dots + 2);
    const auto most =
        last == "*" && dots != std::string_view::npos ? std::optional(kMost) : parse_integer(last);
    if (!least || !most || *least < 0 || *most < 1 || *most < *least || *most > kMost)
        field.fail("multiplicity is a number, N..M or N..*, such as 1, 0..1 or 1..*, not " +
                   shown(text));
    part.multiplicity = {*least, last == "*" ? std::nullopt : most};
}

bool is_media_type(std::string_view text) {
    const auto slash = text.find('/');
    return slash != std::string_view::npos && slash > 0 && slash + 1 < text.size() &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return c > ' ' && c < 0x7f && c != '<' && c != '>'; });
}

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    for (const auto word : split(text, ' '))
        if (!trim(word).empty()) words.push_back(trim(word));
    return words;
}

void set_documentation(Kind& kind, const Field& field) {
    if ((!field.value().starts_with("http://") && !field.value().starts_with("https://")) ||
        field.value().find_first_of(" \t<>\"") != std::string::npos)
        field.fail("documentation is an address that begins with http:// or https://, not " +
                   shown(field.value()));
    kind.documentation = field.value();
}

void set_email(Kind& kind, const Field& field) {
    const auto at = field.value().find('@');
    if (at == std::string::npos || at == 0 || at + 1 == field.value().size() ||
        field.value().find_first_of(" \t<>\"") != std::string::npos)
        field.fail("contact_email is an address such as name@example.org, not " +
                   shown(field.value()));
    kind.contact_email = field.value();
}

void set_command(Kind& kind, const Field& field) {
    std::string fault;
    kind.command = split_words(field.value(), fault);
    if (!fault.empty()) field.fail("the command has " + fault);
}

void add_environment(Kind& kind, const Field& field) {
    kind.environment.push_back(with_kind_dir(field.value(), kind.folder));
}

void set_type(Parameter& parameter, const Field& field) {
    constexpr std::array kTypes{Type::Boolean, Type::Short,  Type::Int, Type::Long,
                                Type::Float,   Type::Double, Type::Char};
    std::string known;
    for (const auto type : kTypes) {
        if (word_of(type) == field.value()) {
            parameter.type = type;
            return;
        }
        known += (known.empty() ? "" : ", ") + std::string(word_of(type));
    }
    field.fail("there is no type " + shown(field.value()) + "; the types are " + known);
}

void set_arraysize(Parameter& parameter, const Field& field) {
    constexpr std::int64_t kMost = 65'536;
    const std::string_view text = field.value();
    const auto number =
        text.ends_with('*') ? parse_integer(text.substr(0, text.size() - 1)) : std::nullopt;
    if (!number || *number < 1 || *number > kMost)
        field.fail("arraysize is the most characters and a star, as in 80*, at most " +
                   std::to_string(kMost) + "*, not " + shown(text));
    parameter.most_characters = *number;
}

void set_options(Parameter& parameter, const Field& field) {
    constexpr std::size_t kMost = 1000;
    for (const auto option : split(field.value(), '|')) {
        if (trim(option).empty())
            field.fail("an option is empty; options are separated by |, as in a | b | c");
        parameter.options.emplace_back(trim(option));
    }
    if (parameter.options.size() > kMost)
        field.fail("more than " + std::to_string(kMost) + " options");
}

void set_content_types(Input& input, const Field& field) {
    for (const auto word : words_of(field.value())) {
        if (!is_media_type(word))
            field.fail("a content type is such as application/fits, not " + shown(word));
        input.content_types.emplace_back(word);
    }
}

void set_content_type(Result& result, const Field& field) {
    if (!is_media_type(field.value()))
        field.fail("a content type is such as application/fits, not " + shown(field.value()));
    result.content_type = field.value();
}

constexpr std::array kOrigins{Origin::Upload, Origin::Url, Origin::Did, Origin::Result};

void set_origins(Input& input, const Field& field) {
    input.origins.clear();
    for (const auto word : words_of(field.value())) {
        const auto* origin = std::find_if(kOrigins.begin(), kOrigins.end(),
                                          [&](Origin one) { return word_of(one) == word; });
        if (origin == kOrigins.end())
            field.fail("there is no origin " + shown(word) +
                       "; they are upload, url, did and result");
        if (input.takes(*origin)) field.fail("the origin " + shown(word) + " is there twice");
        input.origins.push_back(*origin);
    }
}

constexpr std::int64_t kYear = 31'536'000;
constexpr std::int64_t kMostMegabytes = 10'000'000;

constexpr std::array kKindKeys{
    Key<Kind>{"command", set_command},
    Key<Kind>{"contact_email", set_email},
    Key<Kind>{"contact_name", set_text<&Kind::contact_name>},
    Key<Kind>{"cores", set_number<&Kind::cores, 100'000>},
    Key<Kind>{"description", set_text<&Kind::description>},
    Key<Kind>{"disk_mb", set_number<&Kind::disk_mb, kMostMegabytes>},
    Key<Kind>{"documentation", set_documentation},
    Key<Kind>{"environment", add_environment, true},
    Key<Kind>{"executor", set_word<&Kind::executor>},
    Key<Kind>{"memory_mb", set_number<&Kind::memory_mb, kMostMegabytes>},
    Key<Kind>{"partition", set_word<&Kind::partition>},
    Key<Kind>{"subtype", set_text<&Kind::subtype>},
    Key<Kind>{"time_hard_s", set_number<&Kind::time_hard_s, kYear>},
    Key<Kind>{"time_s", set_number<&Kind::time_s, kYear>},
    Key<Kind>{"title", set_text<&Kind::title>},
    Key<Kind>{"type", set_text<&Kind::type>},
    Key<Kind>{"version", set_word<&Kind::version>},
};
constexpr std::array kParameterKeys{
    Key<Parameter>{"arraysize", set_arraysize},
    Key<Parameter>{"default", set_text<&Parameter::default_value>},
    Key<Parameter>{"description", set_text<&Parameter::description>},
    Key<Parameter>{"max", set_text<&Parameter::max>},
    Key<Parameter>{"min", set_text<&Parameter::min>},
    Key<Parameter>{"multiplicity", set_multiplicity<Parameter>},
    Key<Parameter>{"options", set_options},
    Key<Parameter>{"type", set_type},
    Key<Parameter>{"ucd", set_word<&Parameter::ucd>},
    Key<Parameter>{"unit", set_text<&Parameter::unit>},
    Key<Parameter>{"utype", set_word<&Parameter::utype>},
    Key<Parameter>{"xtype", set_word<&Parameter::xtype>},
};
constexpr std::array kInputKeys{
    Key<Input>{"content_type", set_content_types},
    Key<Input>{"description", set_text<&Input::description>},
    Key<Input>{"max_mb", set_number<&Input::max_mb, kMostMegabytes>},
    Key<Input>{"multiplicity", set_multiplicity<Input>},
    Key<Input>{"origin", set_origins},
};
constexpr std::array kResultKeys{
    Key<Result>{"content_type", set_content_type},
    Key<Result>{"description", set_text<&Result::description>},
    Key<Result>{"file", set_text<&Result::file>},
    Key<Result>{"multiplicity", set_multiplicity<Result>},
};

template <typename Part, std::size_t Size>
void fill(Part& part,
          const Section& section,
          const std::array<Key<Part>, Size>& keys,
          const std::string& shown_path) {
    std::array<int, Size> lines{};  // of the keys that were there
    for (const auto& entry : section.entries) {
        const Field field{entry, shown_path};
        const auto key = std::find_if(keys.begin(), keys.end(),
                                      [&](const Key<Part>& one) { return one.name == entry.key; });
        if (key == keys.end()) {
            std::vector<std::string_view> names;
            for (const auto& one : keys)
                names.push_back(one.name);
            const auto near = nearest(entry.key, names);
            std::string known;
            for (const auto name : names)
                known += (known.empty() ? "" : ", ") + std::string(name);
            field.fail("there is no key " + shown(entry.key) + " here" +
                       (near ? "; did you mean " + *near + "?" : "; the keys are " + known));
        }
        auto& line = lines.at(static_cast<std::size_t>(key - keys.begin()));
        if (line != 0 && !key->repeats)
            field.fail("the key " + entry.key + " is there already, on line " +
                       std::to_string(line));
        line = entry.line;
        if (!entry.value.empty()) key->set(part, field);
    }
}

constexpr std::int64_t kDefaultCharacters = 1024;
constexpr std::int64_t kDefaultTime = 600;
constexpr std::int64_t kDefaultHardTime = 3600;
constexpr std::int64_t kDefaultMemory = 500;
constexpr std::int64_t kDefaultDisk = 1000;

}  // namespace

Kind parse_kind(std::string_view name,
                std::string_view text,
                const std::string& folder,
                const std::string& shown_path,
                const Site& site) {
    if (!is_kind_name(name))
        refuse(shown_path, 1,
               shown(name) +
                   " cannot be the name of a kind: at most 40 of a-z, 0-9 and -, a letter first, "
                   "and no "
                   "word that the service has for itself");
    const auto sections = read_sheet(text, shown_path);
    Kind kind;
    kind.name = name;
    kind.folder = folder;
    kind.executor = "local";
    kind.time_s = kDefaultTime;
    kind.memory_mb = kDefaultMemory;
    kind.disk_mb = kDefaultDisk;
    kind.cores = 1;
    Source source{shown_path, sections.front(), {}, {}, {}};
    fill(kind, sections.front(), kKindKeys, shown_path);
    if (kind.time_hard_s == 0) kind.time_hard_s = std::max(kind.time_s, kDefaultHardTime);
    for (const auto& section : std::span(sections).subspan(1)) {
        if (section.type == "parameter") {
            auto& parameter = kind.parameters.emplace_back();
            parameter.name = section.name;
            fill(parameter, section, kParameterKeys, shown_path);
            if (parameter.type == Type::Char && parameter.most_characters == 0)
                parameter.most_characters = kDefaultCharacters;
            source.parameters.push_back(&section);
        } else if (section.type == "input") {
            auto& input = kind.inputs.emplace_back();
            input.name = section.name;
            input.origins.assign(kOrigins.begin(), kOrigins.end());
            fill(input, section, kInputKeys, shown_path);
            source.inputs.push_back(&section);
        } else if (section.type == "result") {
            auto& result = kind.results.emplace_back();
            result.id = section.name;
            result.content_type = "application/octet-stream";
            fill(result, section, kResultKeys, shown_path);
            source.results.push_back(&section);
        } else {
            refuse(shown_path, section.line,
                   "there is no section [" + std::string(cut_text(section.type, 40)) +
                       " ...]; the sections are [parameter NAME], [input NAME] and [result ID]");
        }
    }
    check_kind(kind, source, site);
    kind.text = text;
    fits::Sha256 digest;
    digest.update(text);
    kind.digest = digest.hex();
    return kind;
}

}  // namespace vo::jdl
