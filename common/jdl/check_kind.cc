// SPDX-License-Identifier: Apache-2.0
// A description that lies is refused.
#include "jdl/check_kind.h"

#include <algorithm>
#include <array>
#include <span>

#include <unistd.h>

#include "base/text.h"
#include "jdl/command.h"
#include "jdl/pattern.h"
#include "jdl/values.h"
#include "table/ucd.h"
#include "table/unit.h"

namespace vo::jdl {

namespace {

constexpr std::size_t kMostParts = 200;
constexpr std::size_t kMostNameBytes = 64;

// What requests to a job list mean by these (UWS 1.1 §2.2), and the words of commands.
constexpr std::array<std::string_view, 10> kReservedNames{
    "ACTION", "AFTER",  "DESTRUCTION", "EXECUTIONDURATION", "LAST", "PHASE", "RUNID",
    "WAIT",   kKindDir, kJob};
constexpr std::array<std::string_view, 2> kReservedResults{"stderr", "stdout"};

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool has(std::span<const std::string_view> words, std::string_view word) {
    return std::any_of(words.begin(), words.end(),
                       [&](std::string_view one) { return equal_fold(one, word); });
}

// The line of a key, or of the section where it is missing.
int line_of(const Section& section, std::string_view key) {
    for (const auto& entry : section.entries)
        if (entry.key == key) return entry.line;
    return section.line;
}

bool has_value(const Section& section, std::string_view key) {
    return std::any_of(section.entries.begin(), section.entries.end(), [&](const Entry& entry) {
        return entry.key == key && !entry.value.empty();
    });
}

class KindCheck {
  public:
    KindCheck(Kind& kind, const Source& source, const Site& site)
        : kind_(kind), source_(source), site_(site) {}

    void run() {
        check_top();
        check_names();
        for (std::size_t i = 0; i < kind_.parameters.size(); ++i)
            check_parameter(kind_.parameters[i], *source_.parameters[i]);
        check_results();
        check_program();
        check_environment();
        check_use();
    }

  private:
    [[noreturn]] void fail(int line, const std::string& message) const {
        refuse(source_.shown_path, line, message);
    }

    [[noreturn]] void fail(const Section& section,
                           std::string_view key,
                           const std::string& message) const {
        fail(line_of(section, key), message);
    }

    void check_top() const {
        const auto& top = source_.top;
        const auto require = [&](std::string_view key, bool given, std::string_view example) {
            if (!given)
                fail(top, key,
                     '`' + std::string(key) + "` is missing, as in `" + std::string(key) + " = " +
                         std::string(example) + '`');
        };
        require("version", !kind_.version.empty(), "1.0");
        require("description", !kind_.description.empty(), "What the job does, in a sentence.");
        require("command", !kind_.command.empty(), "PROGRAM --radius={radius}");
        if (kind_.time_s > kind_.time_hard_s)
            fail(top, "time_s",
                 "time_s = " + std::to_string(kind_.time_s) + " is more than time_hard_s = " +
                     std::to_string(kind_.time_hard_s) + ", the most that may be asked for");
        if (std::find(site_.executors.begin(), site_.executors.end(), kind_.executor) ==
            site_.executors.end())
            fail(top, "executor",
                 "there is no executor " + shown(kind_.executor) + "; this site has " +
                     join(site_.executors, ", "));
        if (kind_.parameters.size() + kind_.inputs.size() > kMostParts ||
            kind_.results.size() > kMostParts)
            fail(1,
                 "more than " + std::to_string(kMostParts) + " parameters and inputs, or results");
    }

    void check_name(const std::string& name,
                    int line,
                    std::span<const std::string_view> reserved) const {
        const bool legal =
            name.size() <= kMostNameBytes && (is_letter(name.front()) || name.front() == '_') &&
            std::all_of(name.begin(), name.end(),
                        [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
        if (!legal)
            fail(line, "the name " + shown(name) + " must be at most " +
                           std::to_string(kMostNameBytes) +
                           " letters, digits and _, no digit first");
        if (has(reserved, name))
            fail(line, "the name " + shown(name) + " is taken by the service; choose another");
    }

    // Names and lines of parameters and inputs together, then of results.
    void check_names() const {
        std::vector<std::pair<std::string_view, int>> names;
        const auto add = [&](const std::string& name, int line,
                             std::span<const std::string_view> reserved) {
            check_name(name, line, reserved);
            for (const auto& [other, other_line] : names)
                if (equal_fold(other, name))
                    fail(line, "the name " + shown(name) + " is there already, on line " +
                                   std::to_string(other_line) +
                                   "; upper and lower case do not differ");
            names.emplace_back(name, line);
        };
        for (std::size_t i = 0; i < kind_.parameters.size(); ++i)
            add(kind_.parameters[i].name, source_.parameters[i]->line, kReservedNames);
        for (std::size_t i = 0; i < kind_.inputs.size(); ++i)
            add(kind_.inputs[i].name, source_.inputs[i]->line, kReservedNames);
        names.clear();
        for (std::size_t i = 0; i < kind_.results.size(); ++i)
            add(kind_.results[i].id, source_.results[i]->line, kReservedResults);
    }

    void check_bound(const Parameter& parameter,
                     const Section& section,
                     std::string_view key,
                     const std::string& value) const {
        if (value.empty()) return;
        if (!has_order(parameter))
            fail(section, key,
                 "a " + std::string(word_of(parameter.type)) + " has no " + std::string(key) +
                     "; only numbers and timestamps have");
        if (!is_of_type(parameter, value))
            fail(section, key,
                 std::string(key) + " = " + shown(value) + " is not of the type " +
                     std::string(word_of(parameter.type)));
    }

    void check_options(const Parameter& parameter, const Section& section) const {
        if (parameter.options.empty()) return;
        if (parameter.type == Type::Boolean)
            fail(section, "options", "a boolean has no options but true and false");
        auto free = parameter;
        free.options.clear();
        std::vector<std::string_view> seen(parameter.options.begin(), parameter.options.end());
        std::sort(seen.begin(), seen.end());
        if (const auto twice = std::adjacent_find(seen.begin(), seen.end()); twice != seen.end())
            fail(section, "options", "the option " + shown(*twice) + " is there twice");
        for (const auto& option : parameter.options) {
            std::string reason;
            if (!is_value(free, option, reason))
                fail(section, "options",
                     "the option " + shown(option) + " must be " + expected_words(free));
        }
    }

    void check_parameter(const Parameter& parameter, const Section& section) const {
        const bool numeric = parameter.type != Type::Char && parameter.type != Type::Boolean;
        if (!has_value(section, "type"))
            fail(section, "type",
                 "[parameter " + parameter.name + "] has no type, as in `type = double`");
        if (!parameter.unit.empty() && !numeric)
            fail(section, "unit", "a " + std::string(word_of(parameter.type)) + " has no unit");
        if (!parameter.unit.empty() && !table::Unit::parse(parameter.unit))
            fail(section, "unit",
                 shown(parameter.unit) + " is no unit of VOUnits, as TeV or cm**-2.s**-1");
        if (!parameter.ucd.empty())
            if (const auto fault = table::find_ucd_fault(parameter.ucd); !fault.empty())
                fail(section, "ucd", fault);
        if (parameter.xtype == "timestamp" && parameter.type != Type::Char)
            fail(section, "xtype", "a timestamp is of the type char");
        if (parameter.type != Type::Char && has_value(section, "arraysize"))
            fail(section, "arraysize",
                 "only a char has an arraysize; several values are `multiplicity = 1..*`");
        check_bound(parameter, section, "min", parameter.min);
        check_bound(parameter, section, "max", parameter.max);
        if (!parameter.min.empty() && !parameter.max.empty() &&
            compare_values(parameter, parameter.min, parameter.max) > 0)
            fail(section, "min", "min = " + parameter.min + " is above max = " + parameter.max);
        check_options(parameter, section);
        if (parameter.default_value.empty()) return;
        std::string reason;
        if (!is_value(parameter, parameter.default_value, reason))
            fail(section, "default",
                 "the default " + shown(parameter.default_value) + " must be " +
                     expected_words(parameter));
        if (!parameter.multiplicity.holds(1))
            fail(section, "default",
                 "a default is one value, and multiplicity = " + parameter.multiplicity.text());
    }

    void check_results() const {
        for (std::size_t i = 0; i < kind_.results.size(); ++i) {
            const auto& result = kind_.results[i];
            const auto& section = *source_.results[i];
            if (result.file.empty())
                fail(section, "file",
                     "[result " + result.id + "] has no file, as in `file = selected.fits`");
            if (const auto fault = find_pattern_fault(result.file); !fault.empty())
                fail(section, "file", "the file " + shown(result.file) + ' ' + fault);
            if (uses_job() && matches_file(result.file, kJobFile))
                fail(section, "file",
                     "the file " + shown(result.file) + " may be " + std::string(kJobFile) +
                         ", which is what {job} stands for");
            if (!is_glob(result.file) &&
                (!result.multiplicity.most || *result.multiplicity.most > 1))
                fail(section, "multiplicity",
                     "the file " + shown(result.file) +
                         " is one, and multiplicity = " + result.multiplicity.text());
            for (std::size_t other = 0; other < i; ++other)
                if (kind_.results[other].file == result.file)
                    fail(section, "file",
                         "the file " + shown(result.file) + " is the result " +
                             kind_.results[other].id + " already");
        }
    }

    void check_program() const {
        constexpr std::size_t kMostWords = 1000;
        const auto& top = source_.top;
        if (kind_.command.size() > kMostWords)
            fail(top, "command", "a command of more than " + std::to_string(kMostWords) + " words");
        std::string fault;
        kind_.program = find_program(kind_, site_, fault);
        if (!fault.empty()) fail(top, "command", fault);
        if (fault = find_command_fault(kind_); !fault.empty()) fail(top, "command", fault);
        // Files that come with the description.
        for (const auto& word : kind_.command) {
            const auto at = word.find("{kind_dir}/");
            if (at == std::string::npos || names_used({word}).size() != 1 ||
                (at > 0 && word[at - 1] != '='))
                continue;
            const auto path = with_kind_dir(word.substr(at), kind_.folder);
            if (::access(path.c_str(), R_OK) != 0)
                fail(
                    top, "command",
                    "the command names " + shown(path) + ", which is not there or may not be read");
        }
    }

    void check_environment() const {
        std::vector<std::string_view> names;
        for (const auto& entry : source_.top.entries) {
            if (entry.key != "environment") continue;
            const auto equals = entry.value.find('=');
            const auto name = std::string_view(entry.value).substr(0, equals);
            const bool legal =
                equals != std::string::npos && !name.empty() && !is_digit(name.front()) &&
                std::all_of(name.begin(), name.end(),
                            [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
            if (!legal)
                fail(entry.line,
                     "expected `environment = NAME=value`, found " + shown(entry.value));
            if (name.starts_with("VOGATE_"))
                fail(entry.line,
                     "variables that begin with VOGATE_ are the worker's; choose another name");
            if (std::find(names.begin(), names.end(), name) != names.end())
                fail(entry.line, "the variable " + shown(name) + " is there already");
            names.push_back(name);
            for (const auto& used : names_used({entry.value}))
                if (used == kJob || kind_.find_parameter(used) != nullptr ||
                    kind_.find_input(used) != nullptr)
                    fail(entry.line,
                         "values go into the command, not into the environment; here {" + used +
                             "} would stay as it is");
        }
    }

    [[nodiscard]] bool uses_job() const {
        const auto used = names_used(kind_.command);
        return std::find(used.begin(), used.end(), kJob) != used.end();
    }

    // Something that is declared and does nothing is a lie, too.
    void check_use() const {
        if (uses_job()) return;
        const auto used = names_used(kind_.command);
        const auto check = [&](std::string_view type, const std::string& name,
                               const Section& section) {
            if (std::any_of(used.begin(), used.end(),
                            [&](const std::string& one) { return equal_fold(one, name); }))
                return;
            fail(section.line, "the command does not use the " + std::string(type) + ' ' +
                                   shown(name) + "; write --" + name + "={" + name +
                                   "}, or {job} for a file with all values");
        };
        for (std::size_t i = 0; i < kind_.parameters.size(); ++i)
            check("parameter", kind_.parameters[i].name, *source_.parameters[i]);
        for (std::size_t i = 0; i < kind_.inputs.size(); ++i)
            check("input", kind_.inputs[i].name, *source_.inputs[i]);
    }

    Kind& kind_;
    const Source& source_;
    const Site& site_;
};

}  // namespace

void check_kind(Kind& kind, const Source& source, const Site& site) {
    KindCheck(kind, source, site).run();
}

}  // namespace vo::jdl
