// SPDX-License-Identifier: Apache-2.0
// vogate job-kind: descriptions of the kinds of jobs, checked, imported and shown.
#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>
#include <system_error>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "command.h"
#include "jdl/document.h"
#include "jdl/kind.h"

namespace vo::vogate {

namespace {

constexpr const char* kHelp =
    "usage: vogate [--config FILE] job-kind list\n"
    "       vogate [--config FILE] job-kind check FILE...\n"
    "       vogate [--config FILE] job-kind import FILE [--name NAME] [--command WORDS] "
    "[--directory DIR]\n"
    "                                              [--replace | --print]\n"
    "       vogate [--config FILE] job-kind export NAME [--format votable|json|wadl]\n\n"
    "  list    the kinds of kinds_dir, and the descriptions that are refused, with the reason\n"
    "  check   says of each description OK, or FILE:LINE: what is wrong\n"
    "  import  makes NAME.job, and NAME.sh where there is a script, from a VOTable of OPUS or from "
    "WADL.\n"
    "          --command: what the kind runs, as in 'PROGRAM --radius={radius}', where the "
    "document does not\n"
    "          tell. --directory: not kinds_dir. --replace: over files that are there. --print: to "
    "standard\n"
    "          output, right or wrong, to be edited\n"
    "  export  a kind as clients see it; without --format as VOTable\n\n"
    "Exit status: 0 done, 1 a description is refused or something failed, 2 wrong usage.\n";

struct Options {
    std::vector<std::string> words;
    jdl::ImportWishes wishes;
    std::string directory;
    std::string format = "votable";
    bool replace = false;
    bool print = false;
};

[[noreturn]] void fail_usage(const std::string& message) {
    throw Error(Code::BadRequest, message + "; see vogate job-kind --help");
}

Options read_options(const std::vector<std::string>& args) {
    Options options;
    const std::array<std::pair<std::string_view, std::string*>, 4> kTexts{
        {{"--command", &options.wishes.command},
         {"--directory", &options.directory},
         {"--format", &options.format},
         {"--name", &options.wishes.name}}};
    for (std::size_t i = 1; i < args.size(); ++i) {
        const auto text = std::find_if(kTexts.begin(), kTexts.end(),
                                       [&](const auto& row) { return row.first == args[i]; });
        const bool of_import = args[0] == "import";
        const bool known =
            text != kTexts.end() && (of_import ? text->first != "--format"
                                               : args[0] == "export" && text->first == "--format");
        if (known && i + 1 < args.size())
            *text->second = args[++i];
        else if (of_import && args[i] == "--replace")
            options.replace = true;
        else if (of_import && args[i] == "--print")
            options.print = true;
        else if (args[i].starts_with("-"))
            fail_usage("job-kind " + args[0] +
                       (known ? " takes a value after " : " does not take ") + args[i]);
        else
            options.words.push_back(args[i]);
    }
    return options;
}

int list(const Config& config, const Options& /*options*/) {
    const auto shelf = jdl::read_kinds(config.kinds_dir, jdl::make_site(config));
    std::size_t name_width = 0;
    std::size_t version_width = 0;
    for (const auto& [name, kind] : shelf.kinds) {
        name_width = std::max(name_width, name.size());
        version_width = std::max(version_width, kind->version.size());
    }
    const auto column = [](const std::string& text, std::size_t width) {
        return text + std::string(width - text.size() + 2, ' ');
    };
    for (const auto& [name, kind] : shelf.kinds)
        std::cout << column(name, name_width) << column(kind->version, version_width)
                  << kind->executor << "  " << kind->description << '\n';
    if (shelf.kinds.empty()) std::cout << "no kinds of jobs in " << config.kinds_dir << '\n';
    for (const auto& error : shelf.refused)
        std::cout << "refused: " << error.what() << '\n';
    return shelf.refused.empty() ? 0 : 1;
}

int check(const Config& config, const Options& options) {
    const auto site = jdl::make_site(config);
    int status = 0;
    for (const auto& path : options.words) {
        try {
            static_cast<void>(jdl::read_kind(path, site));
            std::cout << path << ": OK\n";
        } catch (const Error& error) {
            // Deliberate: the others are checked as well.
            std::cout << error.what() << '\n';
            status = 1;
        }
    }
    return status;
}

int export_kind(const Config& config, const Options& options) {
    if (options.words.size() != 1) fail_usage("job-kind export takes one name");
    constexpr std::array<std::pair<std::string_view, jdl::Form>, 3> kForms{
        {{"votable", jdl::Form::VOTable}, {"json", jdl::Form::Json}, {"wadl", jdl::Form::Wadl}}};
    const auto* form = std::find_if(kForms.begin(), kForms.end(),
                                    [&](const auto& row) { return row.first == options.format; });
    if (form == kForms.end()) fail_usage("there is no format " + options.format);
    const auto kind = jdl::read_kind(config.kinds_dir + '/' + options.words.front() + ".job",
                                     jdl::make_site(config));
    std::string text;
    StringSink sink(text);
    jdl::write_jdl(sink, form->second, kind, config.base_url + "/uws/" + kind.name);
    std::cout << text;
    return 0;
}

[[noreturn]] void fail_file(const std::string& path, const std::string& what) {
    throw Error(Code::Internal, path + ": " + what + ": " + std::generic_category().message(errno));
}

std::string read_document(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    constexpr std::streamsize kMost = 2'000'000;  // import_jdl says what is too much
    std::string text(static_cast<std::size_t>(kMost), '\0');
    if (!file) fail_file(path, "cannot be read");
    file.read(text.data(), kMost);
    text.resize(static_cast<std::size_t>(file.gcount()));
    return text;
}

// A folder beside the files that are to be, in which they are made; gone with this object.
class Workshop {
  public:
    explicit Workshop(const std::string& directory) : path_(directory + "/.import-XXXXXX") {
        if (::mkdtemp(path_.data()) == nullptr) fail_file(directory, "cannot be written to");
    }

    ~Workshop() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    Workshop(const Workshop&) = delete;
    Workshop& operator=(const Workshop&) = delete;

    void write(const std::string& name, std::string_view text) const {
        const auto path = path_ + '/' + name;
        const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file < 0) fail_file(path, "cannot be made");
        bool good = true;
        while (good && !text.empty()) {
            const auto written = ::write(file, text.data(), text.size());
            good = written > 0;
            if (good) text.remove_prefix(static_cast<std::size_t>(written));
        }
        good = good && ::fsync(file) == 0;
        const int failure = errno;
        ::close(file);
        errno = failure;
        if (!good) fail_file(path, "cannot be written");
    }

    // Without `replace` never over a file that is there.
    void deliver(const std::string& name, const std::string& directory, bool replace) const {
        const auto from = path_ + '/' + name;
        const auto to = directory + '/' + name;
        if ((replace ? ::rename(from.c_str(), to.c_str()) : ::link(from.c_str(), to.c_str())) == 0)
            return;
        if (errno == EEXIST)
            throw Error(Code::Internal, to + " is there already; --replace puts this in its place");
        fail_file(to, "cannot be made");
    }

    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
};

void sync_folder(const std::string& path) {
    const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return;
    ::fsync(folder);
    ::close(folder);
}

// The script first: there is never a description without it.
void deliver(const Workshop& shop,
             const jdl::Imported& imported,
             const std::string& directory,
             bool replace) {
    const auto job = imported.name + ".job";
    if (!replace && std::filesystem::exists(directory + '/' + job))
        throw Error(Code::Internal,
                    directory + '/' + job + " is there already; --replace puts this in its place");
    if (!imported.script.empty()) shop.deliver(imported.script_name, directory, replace);
    shop.deliver(job, directory, replace);
    sync_folder(directory);
    for (const auto& name : {imported.script_name, job})
        if (!name.empty()) std::cout << "made " << directory << '/' << name << '\n';
}

int import(const Config& config, const Options& options) {
    if (options.words.size() != 1) fail_usage("job-kind import takes one file");
    if (options.replace && options.print) fail_usage("--replace and --print do not go together");
    const auto directory = options.directory.empty() ? config.kinds_dir : options.directory;
    try {
        const auto imported = jdl::import_jdl(read_document(options.words.front()), options.wishes);
        for (const auto& note : imported.notes)
            std::cerr << "note: " << note << '\n';
        if (options.print) {
            std::cout << imported.text;
            if (!imported.script.empty())
                std::cout << "\n# ---- " << imported.script_name << "\n\n" << imported.script;
            return 0;
        }
        const Workshop shop(directory);
        if (!imported.script.empty()) shop.write(imported.script_name, imported.script);
        shop.write(imported.name + ".job", imported.text);
        static_cast<void>(jdl::parse_kind(imported.name, imported.text,
                                          // Where the script is, until it is delivered.
                                          imported.script.empty() ? directory : shop.path(),
                                          imported.name + ".job", jdl::make_site(config)));
        deliver(shop, imported, directory, options.replace);
        return 0;
    } catch (const Error& error) {
        // Deliberate: the usage is right and the document is not, which is another exit status.
        std::cerr << "vogate: " << error.what() << '\n';
        if (error.code() == Code::BadRequest)
            std::cerr << "vogate: nothing was made; --print shows what would be\n";
        return 1;
    }
}

struct Action {
    std::string_view name;
    bool takes_words;
    int (*run)(const Config& config, const Options& options);
};

constexpr std::array kActions{
    Action{"check", true, check},
    Action{"export", true, export_kind},
    Action{"import", true, import},
    Action{"list", false, list},
};

}  // namespace

int run_job_kind(const Context& context, const std::vector<std::string>& args) {
    if (!args.empty() && (args[0] == "--help" || args[0] == "-h")) {
        std::cout << kHelp;
        return 0;
    }
    const auto name = args.empty() ? std::string_view("list") : std::string_view(args[0]);
    for (const auto& action : kActions) {
        if (action.name != name) continue;
        const auto options = args.empty() ? Options{} : read_options(args);
        if (action.takes_words == options.words.empty())
            fail_usage("job-kind " + std::string(name) +
                       (action.takes_words ? " takes a name" : " takes no name"));
        return action.run(context.config, options);
    }
    fail_usage("there is no `vogate job-kind " + std::string(name) + '`');
}

}  // namespace vo::vogate
