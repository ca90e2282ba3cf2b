// SPDX-License-Identifier: Apache-2.0
// Words and placeholders, from a description to an argument vector. There is no shell anywhere:
// what a value holds stays within its word.
#include "jdl/command.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include <unistd.h>

#include "base/text.h"
#include "jdl/sheet.h"

namespace vo::jdl {

namespace {

struct Piece {
    bool is_name = false;
    std::string text;
};

using Word = std::vector<Piece>;

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

Word parse_word(std::string_view text, std::string& fault) {
    Word word;
    while (!text.empty()) {
        const auto brace = text.find_first_of("{}");
        if (brace > 0) word.push_back({false, std::string(text.substr(0, brace))});
        if (brace == std::string_view::npos) break;
        const auto end = text.find('}', brace);
        const auto name = end == std::string_view::npos ? std::string_view()
                                                        : text.substr(brace + 1, end - brace - 1);
        if (text[brace] == '}' || name.empty() ||
            !std::all_of(name.begin(), name.end(), is_name_character)) {
            fault = "the word " + shown(text) +
                    " has braces around what is no name; they can only hold one, as in {radius}";
            return {};
        }
        word.push_back({true, std::string(name)});
        text.remove_prefix(end + 1);
    }
    return word;
}

bool is_fixed(std::string_view name) {
    return name == kKindDir || name == kJob;
}

// What a placeholder stands for.
struct Target {
    std::string name;  // as the kind has it
    const Multiplicity* multiplicity = nullptr;
    bool may_be_absent = false;
    bool may_be_option = false;  // a value may begin with "-" and be no number
};

std::optional<Target> find_target(const Kind& kind, std::string_view name) {
    if (const auto* parameter = kind.find_parameter(name)) {
        const auto begins_option = [](const std::string& option) {
            return option.empty() || option.front() == '-';
        };
        const bool free =
            parameter->type == Type::Char &&
            (parameter->options.empty() ||
             std::any_of(parameter->options.begin(), parameter->options.end(), begins_option));
        return Target{parameter->name, &parameter->multiplicity,
                      parameter->multiplicity.least == 0 && parameter->default_value.empty(), free};
    }
    if (const auto* input = kind.find_input(name))
        return Target{input->name, &input->multiplicity, input->multiplicity.least == 0, true};
    return {};
}

std::string name_fault(const Kind& kind, const std::string& name) {
    std::vector<std::string_view> known{kKindDir, kJob};
    for (const auto& parameter : kind.parameters)
        known.emplace_back(parameter.name);
    for (const auto& input : kind.inputs)
        known.emplace_back(input.name);
    const auto near = nearest(name, known);
    return "the command has {" + name + "}, which is no parameter and no input" +
           (near ? "; did you mean {" + *near + "}?" : "");
}

// Programs that take the text of a program from their command line: in the first word after one of
// these options that is no option itself, or in the rest of its word. No letters: all words are.
struct Interpreter {
    std::string_view name;  // without a version, as in python3.11
    std::string_view letters;
};

constexpr std::array kInterpreters{
    Interpreter{"ash", "c"},   Interpreter{"bash", "c"}, Interpreter{"csh", "c"},
    Interpreter{"dash", "c"},  Interpreter{"env", "S"},  Interpreter{"fish", "c"},
    Interpreter{"ksh", "c"},   Interpreter{"mksh", "c"}, Interpreter{"node", "ep"},
    Interpreter{"perl", "eE"}, Interpreter{"php", "r"},  Interpreter{"python", "c"},
    Interpreter{"rsh", ""},    Interpreter{"ruby", "e"}, Interpreter{"sh", "c"},
    Interpreter{"ssh", ""},    Interpreter{"su", "c"},   Interpreter{"tcsh", "c"},
    Interpreter{"zsh", "c"},
};

const Interpreter* find_interpreter(const std::string& word) {
    auto name = std::filesystem::path(word).filename().string();
    name.resize(name.find_last_not_of("0123456789.") + 1);
    const auto* row = std::find_if(kInterpreters.begin(), kInterpreters.end(),
                                   [&](const Interpreter& one) { return one.name == name; });
    return row == kInterpreters.end() ? nullptr : row;
}

bool is_option(const std::string& word) {
    return word.starts_with('-') || word.starts_with('+');
}

// Whether an interpreter, be it started by another program such as timeout, takes the word, or a
// part of it, for a program.
bool is_program_text(const std::vector<std::string>& words, std::size_t at) {
    for (std::size_t i = 0; i < at; ++i) {
        const auto* interpreter = find_interpreter(words[i]);
        if (interpreter == nullptr) continue;
        if (interpreter->letters.empty()) return true;
        const auto announces = [&](const std::string& option) {
            return !option.starts_with("--") &&
                   option.find_first_of(interpreter->letters) != std::string::npos;
        };
        bool announced = is_option(words[at]) && interpreter->letters.find(words[at].substr(
                                                     1, 1)) != std::string_view::npos;
        auto next = i + 1;
        for (; next < at && is_option(words[next]); ++next)
            announced = announced || announces(words[next]);
        if (next == at && announced) return true;
    }
    return false;
}

class CommandCheck {
  public:
    explicit CommandCheck(const Kind& kind) : kind_(kind) {}

    std::string run() {
        for (std::size_t i = 0; i < kind_.command.size(); ++i)
            if (auto fault = check_word(i); !fault.empty()) return fault;
        return {};
    }

  private:
    std::string check_word(std::size_t i) {
        const auto& text = kind_.command[i];
        std::string fault;
        const auto word = parse_word(text, fault);
        if (!fault.empty()) return fault;
        int several = 0;
        for (std::size_t p = 0; p < word.size(); ++p) {
            const auto& name = word[p].text;
            if (!word[p].is_name || is_fixed(name)) continue;
            const auto target = find_target(kind_, name);
            if (!target) return name_fault(kind_, name);
            fault = check_target(i, p, word, *target);
            if (!fault.empty()) return fault;
            if (!target->multiplicity->most || *target->multiplicity->most > 1) ++several;
        }
        if (several > 1)
            return "the word " + shown(text) +
                   " has two placeholders of which each may have several values; make two words of "
                   "it";
        if (text == "--") options_ended_ = true;
        return {};
    }

    std::string check_target(std::size_t i,
                             std::size_t p,
                             const Word& word,
                             const Target& target) const {
        const auto& text = kind_.command[i];
        if (i == 0) return "the program of the command is fixed; it cannot be " + shown(text);
        if (is_program_text(kind_.command, i))
            return "the word " + shown(text) +
                   " is a program for a shell or an interpreter, and the value of {" + target.name +
                   "} would be a part of it; put the program in a file: /bin/bash "
                   "{kind_dir}/NAME.sh " +
                   target.name + "={" + target.name + '}';
        if (p == 0 && target.may_be_option && !options_ended_)
            return "the word " + shown(text) + " begins with {" + target.name +
                   "}, whose value could be an option such as --help; put a word -- before it, or "
                   "write --" +
                   target.name + "={" + target.name + '}';
        const auto& before = kind_.command[i - 1];
        if (word.size() == 1 && target.may_be_absent && before.starts_with('-') && before != "--")
            return "when {" + target.name + "} has no value, its word is left out and " +
                   shown(before) + " stays; write " + before + "={" + target.name +
                   "} as one word, or give it a default";
        return {};
    }

    const Kind& kind_;
    bool options_ended_ = false;
};

bool is_executable(const std::filesystem::path& path) {
    std::error_code ignored;
    return std::filesystem::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

// Values of one word's placeholders.
class WordValues {
  public:
    WordValues(const Kind& kind, const ValuesOf& values_of, const std::string& job_json_path)
        : kind_(kind), values_of_(values_of), job_json_path_(job_json_path) {}

    // Appends the word once for each value; not at all where one has none.
    void append(const Word& word, std::vector<std::string>& out) const {
        std::size_t times = 1;
        std::vector<std::vector<std::string>> values;
        for (const auto& piece : word) {
            values.push_back(piece.is_name ? get_values(piece.text) : std::vector{piece.text});
            if (values.back().empty()) return;
            times = std::max(times, values.back().size());
        }
        for (std::size_t i = 0; i < times; ++i) {
            std::string text;
            for (const auto& of_piece : values)
                text += of_piece[std::min(i, of_piece.size() - 1)];
            out.push_back(std::move(text));
        }
    }

  private:
    [[nodiscard]] std::vector<std::string> get_values(const std::string& name) const {
        if (name == kKindDir) return {kind_.folder};
        if (name == kJob) return {job_json_path_};
        if (const auto* parameter = kind_.find_parameter(name)) {
            auto values = values_of_(parameter->name);
            if (values.empty() && !parameter->default_value.empty())
                return {parameter->default_value};
            return values;
        }
        const auto* input = kind_.find_input(name);
        return input == nullptr ? std::vector<std::string>() : values_of_(input->name);
    }

    const Kind& kind_;
    const ValuesOf& values_of_;
    const std::string& job_json_path_;
};

}  // namespace

std::vector<std::string> split_words(std::string_view text, std::string& fault) {
    std::vector<std::string> words;
    bool quoted = false;
    bool begun = false;
    std::string word;
    for (const char c : text) {
        if (c == '"') {
            quoted = !quoted;
            begun = true;
        } else if (!quoted && (c == ' ' || c == '\t')) {
            if (begun) words.push_back(std::move(word));
            word.clear();
            begun = false;
        } else {
            word += c;
            begun = true;
        }
    }
    if (quoted) fault = "a double quote that is not closed";
    if (begun) words.push_back(std::move(word));
    return words;
}

std::string find_program(const Kind& kind, const Site& site, std::string& fault) {
    const auto& word = kind.command.front();
    const auto path = with_kind_dir(word, kind.folder);
    if (path.starts_with('/')) {
        if (is_executable(path)) return path;
        fault = "the command " + shown(path) + " is not there or may not be executed";
        return {};
    }
    if (path.empty() || path.find('/') != std::string::npos) {
        fault = "the command " + shown(word) +
                " is relative to no known folder; write /PATH, {kind_dir}/NAME or a name alone";
        return {};
    }
    for (const auto& folder : site.program_dirs)
        if (auto candidate = folder + '/' + path; is_executable(candidate)) return candidate;
    fault = "there is no command " + shown(word) + " in " + join(site.program_dirs, ", ");
    return {};
}

std::string find_command_fault(const Kind& kind) {
    return CommandCheck(kind).run();
}

std::vector<std::string> names_used(const std::vector<std::string>& words) {
    std::vector<std::string> names;
    for (const auto& text : words) {
        std::string fault;
        for (auto& piece : parse_word(text, fault))
            if (piece.is_name &&
                std::none_of(names.begin(), names.end(), [&](const std::string& known) {
                    return equal_fold(known, piece.text);
                }))
                names.push_back(std::move(piece.text));
    }
    return names;
}

std::string with_kind_dir(std::string_view text, const std::string& folder) {
    constexpr std::string_view kPlaceholder = "{kind_dir}";
    std::string out;
    for (auto at = text.find(kPlaceholder); at != std::string_view::npos;
         at = text.find(kPlaceholder)) {
        out += text.substr(0, at);
        out += folder;
        text.remove_prefix(at + kPlaceholder.size());
    }
    return out += text;
}

std::vector<std::string> make_command(const Kind& kind,
                                      const ValuesOf& values_of,
                                      const std::string& job_json_path) {
    const WordValues values(kind, values_of, job_json_path);
    std::vector<std::string> out{kind.program};
    for (std::size_t i = 1; i < kind.command.size(); ++i) {
        std::string fault;
        const auto word = parse_word(kind.command[i], fault);
        if (word.empty())
            out.emplace_back();  // the word ""
        else
            values.append(word, out);
    }
    return out;
}

}  // namespace vo::jdl
