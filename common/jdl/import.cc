// SPDX-License-Identifier: Apache-2.0
// A draft made legal, and written as a description file.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "jdl/document.h"
#include "jdl/draft.h"
#include "jdl/pattern.h"
#include "jdl/sheet.h"
#include "jdl/values.h"
#include "jdl/write.h"
#include "table/ucd.h"
#include "table/unit.h"

namespace vo::jdl {

namespace {

bool is_letter(char c) {
    return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string legal_kind_name(std::string_view from) {
    constexpr std::size_t kMost = 40;
    std::string name;
    for (const char c : from) {
        const char lower = ascii_lower(c);
        if (is_letter(lower) || is_digit(lower))
            name += lower;
        else if (!name.empty() && name.back() != '-')
            name += '-';
    }
    if (name.empty() || !is_letter(name.front())) name.insert(0, "job-");
    name.resize(std::min(name.size(), kMost));
    while (name.ends_with('-'))
        name.pop_back();
    return is_kind_name(name) ? name : "job-" + name;
}

// Names of one list, made legal and different.
class Names {
  public:
    explicit Names(Draft& draft) : draft_(draft) {}

    std::string legal(const std::string& from,
                      std::string_view what,
                      std::span<const std::string_view> reserved) {
        constexpr std::size_t kMost = 60;
        std::string name;
        for (const char c : from.substr(0, kMost))
            name += is_letter(c) || is_digit(c) ? c : '_';
        if (name.empty() || is_digit(name.front())) name.insert(0, "_");
        const auto taken = [&](const std::string& one) {
            const auto same = [&](std::string_view other) { return equal_fold(other, one); };
            return std::any_of(reserved.begin(), reserved.end(), same) ||
                   std::any_of(names_.begin(), names_.end(), same);
        };
        const auto stem = name;
        for (int number = 2; taken(name) && number < 1000; ++number)
            name = stem + '_' + std::to_string(number);
        if (name != from)
            draft_.note(std::string(what) + ' ' + shown(from) + " has the name " + shown(name) +
                        " here, which a script must use, too");
        names_.push_back(name);
        return name;
    }

  private:
    Draft& draft_;
    std::vector<std::string> names_;
};

// What parse_kind would refuse is left out, with a note.
class Repair {
  public:
    explicit Repair(Draft& draft) : draft_(draft) {}

    void run() {
        constexpr std::size_t kMost = 200;
        auto& kind = draft_.kind;
        if (kind.parameters.size() + kind.inputs.size() > kMost || kind.results.size() > kMost)
            throw Error(Code::BadRequest, "the document has more than " + std::to_string(kMost) +
                                              " parameters and inputs, or results");
        repair_version(kind.version);
        if (!kind.contact_email.empty() && kind.contact_email.find('@') == std::string::npos)
            drop("", "contact_email", kind.contact_email);
        if (!kind.documentation.starts_with("http://") &&
            !kind.documentation.starts_with("https://"))
            drop("", "documentation", kind.documentation);
        if (kind.time_hard_s != 0 && kind.time_hard_s < kind.time_s) kind.time_hard_s = kind.time_s;
        for (auto& parameter : kind.parameters)
            repair(parameter);
        for (auto& input : kind.inputs)
            std::erase_if(input.content_types, [&](const std::string& type) {
                return !is_media_type("input " + input.name, type);
            });
        for (auto& result : kind.results)
            repair(result);
    }

  private:
    void repair_version(std::string& version) {
        const auto before = version;
        std::replace(version.begin(), version.end(), ' ', '-');
        std::erase_if(version, [](char c) {
            return c <= ' ' || c >= 0x7f || c == '"' || c == '<' || c == '>' || c == '&';
        });
        version.resize(std::min<std::size_t>(version.size(), 40));
        if (version.empty()) version = "1";
        if (version != before && !before.empty())
            draft_.note("the version " + shown(before) + " is " + version + " here");
    }

    void drop(const std::string& of, const std::string& what, std::string& value) {
        if (!value.empty())
            draft_.note((of.empty() ? "" : of + ": ") + what + " = " + shown(value) +
                        " cannot be kept");
        value.clear();
    }

    bool is_media_type(const std::string& of, const std::string& type) {
        const auto slash = type.find('/');
        if (slash != std::string::npos && slash > 0 && slash + 1 < type.size()) return true;
        draft_.note(of + ": content_type = " + shown(type) + " cannot be kept");
        return false;
    }

    void repair(Parameter& parameter) {
        const auto of = "parameter " + parameter.name;
        const bool numeric = parameter.type != Type::Char && parameter.type != Type::Boolean;
        if (parameter.type == Type::Char && parameter.most_characters == 0)
            parameter.most_characters = kCharacters;
        if (parameter.xtype == "timestamp" && parameter.type != Type::Char)
            drop(of, "xtype", parameter.xtype);
        if (!numeric || !table::Unit::parse(parameter.unit)) drop(of, "unit", parameter.unit);
        if (!parameter.ucd.empty() && !table::find_ucd_fault(parameter.ucd).empty())
            drop(of, "ucd", parameter.ucd);
        for (auto* word : {&parameter.xtype, &parameter.utype})
            if (word->find_first_of(" \t\"<>&") != std::string::npos)
                drop(of, "xtype or utype", *word);
        for (auto* bound : {&parameter.min, &parameter.max})
            if (!bound->empty() && (!has_order(parameter) || !is_of_type(parameter, *bound)))
                drop(of, "min or max", *bound);
        if (!parameter.min.empty() && !parameter.max.empty() &&
            compare_values(parameter, parameter.min, parameter.max) > 0) {
            drop(of, "min", parameter.min);
            drop(of, "max", parameter.max);
        }
        repair_options(parameter, of);
        repair_default(parameter, of);
    }

    void repair_options(Parameter& parameter, const std::string& of) {
        if (parameter.type == Type::Boolean) parameter.options.clear();
        auto free = parameter;
        free.options.clear();
        std::vector<std::string> good;
        for (auto& option : parameter.options) {
            std::string reason;
            if (!is_value(free, option, reason))
                drop(of, "option", option);
            else if (std::find(good.begin(), good.end(), option) == good.end())
                good.push_back(option);
        }
        parameter.options = std::move(good);
    }

    void repair_default(Parameter& parameter, const std::string& of) {
        auto& value = parameter.default_value;
        if (const auto line = line_of(value); line != value) {
            draft_.note(of + ": the default is one line here, without blanks at its ends");
            value = line;
        }
        std::string reason;
        if (!value.empty() &&
            (!is_value(parameter, value, reason) || !parameter.multiplicity.holds(1)))
            drop(of, "default", value);
    }

    // $name in a file is of the client in OPUS; here the site names files.
    void repair(Result& result) {
        const auto of = "result " + result.id;
        if (!result.content_type.empty() && !is_media_type(of, result.content_type))
            result.content_type.clear();
        if (const auto first = result.content_type.find_first_of(" ,"); first != std::string::npos)
            drop(of, "content_type", result.content_type);
        if (result.file.find_first_of("$\\`") != std::string::npos) {
            const auto before = result.file;
            std::erase_if(result.file, [](char c) {
                return c == '$' || c == '{' || c == '}' || c == '\\' || c == '`';
            });
            draft_.note(of + ": its file is always " + shown(result.file) +
                        ", and not of a value, as in " + shown(before));
        }
        if (const auto fault = find_pattern_fault(result.file); !fault.empty()) {
            if (!result.file.empty())
                draft_.note(of + ": the file " + shown(result.file) + ' ' + fault);
            result.file = result.id;
            draft_.note(of + ": its file is " + shown(result.file));
        }
        if (!is_glob(result.file) && (!result.multiplicity.most || *result.multiplicity.most > 1)) {
            draft_.note(of + ": it is one file, " + shown(result.file) +
                        ", where the document has a multiplicity of " + result.multiplicity.text());
            result.multiplicity = {std::min<std::int64_t>(result.multiplicity.least, 1), 1};
        }
    }

    static constexpr std::int64_t kCharacters = 1024;
    Draft& draft_;
};

class SheetText {
  public:
    void line(std::string_view key, std::string_view value) {
        if (!value.empty()) text_ += std::string(key) + " = " + std::string(value) + '\n';
    }

    void heading(std::string_view type, std::string_view name) {
        text_ += "\n[" + std::string(type) + ' ' + std::string(name) + "]\n";
    }

    void add(const Parameter& parameter) {
        heading("parameter", parameter.name);
        line("type", word_of(parameter.type));
        line("xtype", parameter.xtype);
        if (parameter.type == Type::Char)
            line("arraysize", std::to_string(parameter.most_characters) + '*');
        line("unit", parameter.unit);
        line("ucd", parameter.ucd);
        line("utype", parameter.utype);
        line("min", parameter.min);
        line("max", parameter.max);
        line("options", join(parameter.options, " | "));
        line("default", parameter.default_value);
        line("multiplicity", parameter.multiplicity.text());
        line("description", parameter.description);
    }

    void add(const Input& input) {
        heading("input", input.name);
        line("content_type", join(input.content_types, " "));
        line("origin", origin_text(input));
        if (input.max_mb > 0) line("max_mb", std::to_string(input.max_mb));
        line("multiplicity", input.multiplicity.text());
        line("description", input.description);
    }

    void add(const Result& result) {
        heading("result", result.id);
        line("content_type", result.content_type);
        line("file", result.file);
        line("multiplicity", result.multiplicity.text());
        line("description", result.description);
    }

    [[nodiscard]] std::string finish() { return std::move(text_); }

  private:
    std::string text_;
};

std::string write_sheet(const Kind& kind, const std::string& command) {
    SheetText text;
    for (const auto& row : text_rows())
        text.line(row.key, kind.*row.member);
    text.line("description", kind.description);
    text.line("command", command);
    for (const auto& row : number_rows())
        if (kind.*row.member > 0) text.line(row.key, std::to_string(kind.*row.member));
    for (const auto& parameter : kind.parameters)
        text.add(parameter);
    for (const auto& input : kind.inputs)
        text.add(input);
    for (const auto& result : kind.results)
        text.add(result);
    return text.finish();
}

}  // namespace

Imported import_jdl(std::string_view document, const ImportWishes& wishes) {
    if (!wishes.name.empty() && !is_kind_name(wishes.name))
        throw Error(Code::BadRequest,
                    shown(wishes.name) +
                        " cannot be the name of a kind: at most 40 of a-z, 0-9 and -, "
                        "a letter first, and no word that the service has for itself");
    const auto root = read_xml_tree(document);
    if (root.name != "VOTABLE" && root.name != "application")
        throw Error(Code::BadRequest,
                    "the document is <" + std::string(cut_text(root.name, 60)) +
                        ">, neither a VOTable of OPUS (<VOTABLE>) nor WADL (<application>)");
    auto draft = root.name == "VOTABLE" ? draft_votable(root) : draft_wadl(root);
    auto& kind = draft.kind;
    Imported imported;
    imported.name = wishes.name.empty() ? legal_kind_name(kind.name) : wishes.name;
    if (wishes.name.empty() && imported.name != kind.name)
        draft.note("the kind " + shown(kind.name) + " has the name " + imported.name + " here");
    if (kind.description.empty())
        kind.description = kind.title.empty() ? imported.name : kind.title;

    constexpr std::array<std::string_view, 10> kReserved{
        "ACTION", "AFTER", "DESTRUCTION", "EXECUTIONDURATION", "LAST",
        "PHASE",  "RUNID", "WAIT",        "kind_dir",          "job"};
    constexpr std::array<std::string_view, 2> kReservedResults{"stderr", "stdout"};
    std::vector<std::string> names;
    Names legal(draft);
    for (auto& parameter : kind.parameters)
        names.push_back(parameter.name = legal.legal(parameter.name, "parameter", kReserved));
    for (auto& input : kind.inputs)
        names.push_back(input.name = legal.legal(input.name, "input", kReserved));
    Names legal_results(draft);
    for (auto& result : kind.results)
        result.id = legal_results.legal(result.id, "result", kReservedResults);
    Repair(draft).run();

    auto command = wishes.command;
    std::replace_if(
        command.begin(), command.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; },
        ' ');
    if (command.empty() && !trim(draft.script).empty()) {
        std::vector<std::pair<std::string, std::string>> files;
        for (const auto& result : kind.results)
            if (std::find(names.begin(), names.end(), result.id) == names.end())
                files.emplace_back(result.id, result.file);
        imported.script_name = imported.name + ".sh";
        imported.script = make_script(names, files, draft.script);
        command = "/bin/bash {kind_dir}/" + imported.script_name;
        for (const auto& name : names)
            command += ' ' + name + "={" + name + '}';
        for (auto& note : find_script_notes(draft.script))
            draft.note(note);
    }
    if (command.empty())
        draft.note(
            "the document has no command: give it with --command, as in --command 'PROGRAM "
            "--radius={radius}'");
    imported.text = write_sheet(kind, command);
    imported.notes = std::move(draft.notes);
    return imported;
}

}  // namespace vo::jdl
