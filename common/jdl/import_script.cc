// SPDX-License-Identifier: Apache-2.0
// Scripts of OPUS: what they read as shell variables is set from arguments, never from text that a
// shell reads.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "jdl/draft.h"
#include "jdl/sheet.h"

namespace vo::jdl {

namespace {

// Variables that mean something to bash, to the loader of programs or to us. Some are evaluated
// when they are set (RANDOM, OPTIND: their values are arithmetic, where a[$(command)] runs it);
// none may be set by a stranger.
constexpr std::array<std::string_view, 62> kShellNames{
    "_",         "CDPATH",   "CHILD_MAX",     "COLUMNS",      "COPROC",     "DIRSTACK",
    "EMACS",     "ENV",      "EPOCHREALTIME", "EPOCHSECONDS", "EUID",       "EXECIGNORE",
    "FCEDIT",    "FIGNORE",  "FUNCNAME",      "FUNCNEST",     "GCONV_PATH", "GLOBIGNORE",
    "GROUPS",    "HOME",     "HOSTFILE",      "HOSTNAME",     "HOSTTYPE",   "IFS",
    "IGNOREEOF", "INPUTRC",  "LANG",          "LANGUAGE",     "LINENO",     "LINES",
    "LOGNAME",   "MACHTYPE", "MAPFILE",       "NLSPATH",      "OLDPWD",     "OPTARG",
    "OPTERR",    "OPTIND",   "OSTYPE",        "PATH",         "PIPESTATUS", "POSIXLY_CORRECT",
    "PPID",      "PS0",      "PS1",           "PS2",          "PS3",        "PS4",
    "PWD",       "RANDOM",   "REPLY",         "SECONDS",      "SHELL",      "SHELLOPTS",
    "SHLVL",     "SRANDOM",  "TIMEFORMAT",    "TMOUT",        "TMPDIR",     "TZ",
    "UID",       "USER",
};
constexpr std::array<std::string_view, 16> kShellPrefixes{
    "BASH",    "COMP_", "COMPREPLY", "GLIBC_", "HIST",      "LC_",         "LD_",     "MAIL",
    "MALLOC_", "PERL",  "PROMPT_",   "PYTHON", "READLINE_", "auto_resume", "VOGATE_", "vogate_",
};

bool is_shell_name(std::string_view name) {
    return std::find(kShellNames.begin(), kShellNames.end(), name) != kShellNames.end() ||
           name == "histchars" ||
           std::any_of(kShellPrefixes.begin(), kShellPrefixes.end(),
                       [&](std::string_view prefix) { return name.starts_with(prefix); });
}

void check_name(std::string_view name) {
    if (is_shell_name(name))
        throw Error(Code::BadRequest, "the document has the name " + shown(name) +
                                          ", which is a variable of the shell itself: rename it "
                                          "there and in the script, or give the "
                                          "command with --command");
}

std::string quoted(std::string_view text) {
    std::string out = "'";
    for (const char c : text)
        out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + '\'';
}

struct Suspicion {
    std::string_view text;
    std::string_view what;
};

// Where bash takes the value of a variable for more than a text.
constexpr std::array kSuspicions{
    Suspicion{"((",
              "(( )) evaluates the values of variables as arithmetic, where a[$(command)] runs the "
              "command"},
    Suspicion{"-eq", "[[ -eq ]] and its like evaluate the values of variables as arithmetic"},
    Suspicion{"-lt", "[[ -lt ]] and its like evaluate the values of variables as arithmetic"},
    Suspicion{"-gt", "[[ -gt ]] and its like evaluate the values of variables as arithmetic"},
    Suspicion{"eval ", "eval runs what it is given"},
    Suspicion{"source ", "source runs the file that it is given"},
    Suspicion{"sh -c", "sh -c runs the text that it is given"},
    Suspicion{"let ", "let evaluates what it is given as arithmetic"},
    Suspicion{"declare ", "declare evaluates subscripts that it is given"},
};
constexpr std::array<std::string_view, 4> kOpusVariables{"JOBID", "jd", "rs", "wd"};

bool uses_variable(std::string_view script, std::string_view name) {
    for (auto at = script.find('$'); at != std::string_view::npos; at = script.find('$', at + 1)) {
        auto rest = script.substr(at + 1);
        if (rest.starts_with('{')) rest.remove_prefix(1);
        if (!rest.starts_with(name)) continue;
        rest.remove_prefix(name.size());
        const auto next = rest.empty() ? ' ' : rest.front();
        if (!(next == '_' || (next >= '0' && next <= '9') ||
              (ascii_lower(next) >= 'a' && ascii_lower(next) <= 'z')))
            return true;
    }
    return false;
}

}  // namespace

std::string make_script(const std::vector<std::string>& names,
                        const std::vector<std::pair<std::string, std::string>>& files,
                        std::string_view script) {
    std::string out =
        "#!/bin/bash\n"
        "# Arguments are NAME=VALUE. They become variables as they are, whatever they hold; "
        "several of one name\n"
        "# become one, with blanks between.\n";
    for (const auto& name : names) {
        check_name(name);
        out += name + "=\n";
    }
    out += "for vogate_word; do\n    case $vogate_word in\n";
    for (const auto& name : names)
        out += "        " + name + "=*) " + name + "=${" + name + ":+$" + name +
               " }${vogate_word#*=} ;;\n";
    out += "    esac\ndone\nshift $#\nunset vogate_word\n";
    for (const auto& [name, file] : files) {
        check_name(name);
        out += name + '=' + quoted(file) + '\n';
    }
    // As OPUS has it: the first command that fails ends the job.
    out +=
        "trap 'vogate_status=$?; printf \"failed: %s\\n\" \"$BASH_COMMAND\" >&2; exit "
        "\"$vogate_status\"' ERR\n"
        "\n# The script, as it came.\n";
    for (const char c : script)
        if (c != '\r') out += c;
    return out + '\n';
}

std::vector<std::string> find_script_notes(std::string_view script) {
    std::vector<std::string> notes;
    for (const auto& suspicion : kSuspicions)
        if (script.find(suspicion.text) != std::string_view::npos)
            notes.push_back("the script has " + shown(trim(suspicion.text)) + ": " +
                            std::string(suspicion.what) +
                            "; see that no value of a client gets there");
    for (const auto name : kOpusVariables)
        if (uses_variable(script, name))
            notes.push_back(
                "the script uses $" + std::string(name) +
                ", which OPUS sets; here a job runs in its own folder and finds nothing else");
    return notes;
}

}  // namespace vo::jdl
