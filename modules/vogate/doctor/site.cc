// SPDX-License-Identifier: Apache-2.0
// What can be seen on this host: the configuration, the installed files, the sockets.
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <vector>

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../services.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "config.h"
#include "doctor.h"
#include "fastcgi_client.h"
#include "jdl/kind.h"
#include "pg/schema_version.h"

namespace vo::vogate::doctor {

namespace {

// Names that stand for no site: RFC 2606, RFC 6761.
constexpr std::array<std::string_view, 8> kNoSites{"invalid",     "example",    "test",
                                                   "localhost",   "local",      "example.org",
                                                   "example.com", "example.net"};

bool is_no_site(std::string_view host) {
    for (const auto name : kNoSites)
        if (host == name || host.ends_with("." + std::string(name))) return true;
    return false;
}

bool is_loopback(std::string_view host) {
    return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

std::string in_quotes(std::string_view text) {
    return "\"" + std::string(text) + "\"";
}

Finding check_config(Subject& subject) {
    const auto& path = subject.config_path;
    if (::access(path.c_str(), R_OK) != 0) {
        if (errno == EACCES)
            return fail(
                path + " cannot be read by this user",
                "run the doctor as the user of the services (sudo -u vogate vogate doctor), or "
                "give that user's group the right to read the file: chgrp vogate, chmod 640");
        return fail(path + ": " + std::strerror(errno),
                    "copy " VOGATE_PKGDATADIR
                    "/conf/vogate.conf to that place and fill in the three "
                    "options without a default, or name the file: --config FILE, VOGATE_CONFIG");
    }
    auto config = read_config(path);
    static_cast<void>(log::parse_level(config.log_level));
    subject.config = std::move(config);
    return ok(path);
}

Finding check_permissions(Subject& subject) {
    const auto& path = subject.config_path;
    const auto& config = *subject.config;

    struct stat status {};

    ::stat(path.c_str(), &status);
    if ((status.st_mode & S_IWOTH) != 0)
        return fail("everybody on this host can change " + path, "chmod o-w " + path);
    bool has_password = false;
    for (const auto* conninfo :
         {&config.database_owner, &config.database_query, &config.database_service})
        has_password = has_password || pg::conninfo_has_password(*conninfo);
    if (has_password && (status.st_mode & S_IROTH) != 0)
        return fail(path + " holds a password, and everybody on this host can read it",
                    "chown it to root and the group of the services, and chmod 640 " + path +
                        "; then change that password");
    return ok(has_password ? "it holds a password, which others cannot read"
                           : "it holds no password");
}

Finding check_authority(Subject& subject) {
    const auto& authority = subject.config->authority;
    const std::string remedy =
        "before the first ingest that counts, set it to a name that you own and will keep, such as "
        "your observatory's domain: it becomes a part of permanent identifiers";
    if (is_no_site(to_lower(authority)))
        return warn(in_quotes(authority) + " is a name for tests and examples", remedy);
    if (authority.find('.') == std::string::npos)
        return warn(in_quotes(authority) + " is not the name of a domain; another site may have it",
                    remedy);
    return ok(authority);
}

// Between "//" and the port or the path.
std::string find_host(std::string_view url) {
    url.remove_prefix(url.find("//") + 2);
    url = url.substr(0, url.find('/'));
    if (url.starts_with('[')) return std::string(url.substr(0, url.find(']') + 1));
    return to_lower(url.substr(0, url.find(':')));
}

Finding check_base_url(Subject& subject) {
    const auto& url = subject.config->base_url;
    const auto host = find_host(url);
    if (host.empty() || url.find_first_of("?# \"<>@") != std::string::npos)
        return fail(
            in_quotes(url) + " is no address of a site",
            "write scheme, host and, where there is one, the path: https://vo.example.org/obs");
    if (url.ends_with("/tap"))
        return fail(in_quotes(url) + " ends with /tap, which the services add themselves",
                    "take the last /tap away from base_url");
    if (is_loopback(host))
        return warn(url + " can be reached from this machine only",
                    "for a site, set base_url to the address that its users know");
    if (is_no_site(host))
        return warn(in_quotes(host) + " is a name for tests and examples",
                    "set base_url to the address that your users know");
    if (url.starts_with("http:"))
        return warn(url + " is not encrypted: logins and results can be read on the way",
                    "give the web server a certificate and write https:// in base_url");
    return ok(url);
}

Finding check_limits(Subject& subject) {
    const auto& config = *subject.config;
    const auto numbers = std::to_string(config.query_slots) + " query slots, " +
                         std::to_string(config.threads) + " threads";
    if (config.threads <= config.query_slots)
        return warn(
            numbers + ": queries can occupy all threads, and then not even /capabilities answers",
            "set threads well above query_slots");
    return ok(numbers);
}

// What a program prints on its standard output, its first 200 bytes; empty when it cannot be run.
std::string first_words(const std::string& program, const char* argument) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {};
    const std::unique_ptr<FILE, int (*)(FILE*)> out(::fdopen(ends[0], "r"), ::fclose);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    const std::array words{const_cast<char*>(program.c_str()), const_cast<char*>(argument),
                           static_cast<char*>(nullptr)};
    pid_t pid = 0;
    const int failure =
        ::posix_spawn(&pid, program.c_str(), &actions, nullptr, words.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (failure != 0) return {};
    std::string text(200, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), out.get()));
    ::waitpid(pid, nullptr, 0);
    return std::string(trim(text));
}

Finding check_executables(Subject& subject) {
    const auto& folder = subject.config->libexec_dir;
    for (const auto& service : kServices) {
        const auto path = folder + "/" + std::string(service.executable);
        if (::access(path.c_str(), X_OK) != 0)
            return fail(path + ": " + std::strerror(errno),
                        "run `make install`, or set libexec_dir to the folder of the executables");
        const auto expected = std::string(service.executable) + " " PACKAGE_VERSION;
        const auto found = first_words(path, "--version");
        if (found != expected)
            return fail(
                path + " says " + in_quotes(found) + ", and this is vogate " PACKAGE_VERSION,
                "install all of one release: `make install`");
    }
    return ok(folder + ", all of release " PACKAGE_VERSION);
}

std::int64_t find_newest_migration(const std::string& sql_dir) {
    std::int64_t newest = 0;
    std::error_code failure;
    for (const auto& entry : std::filesystem::directory_iterator(sql_dir + "/migrate", failure))
        newest = std::max(newest,
                          parse_integer(entry.path().filename().string().substr(0, 4)).value_or(0));
    return newest;
}

Finding check_files(Subject& subject) {
    const auto& config = *subject.config;
    const auto newest = find_newest_migration(config.sql_dir);
    if (newest != pg::kSchemaVersion)
        return fail(newest == 0
                        ? config.sql_dir + " holds no migrations"
                        : config.sql_dir + " ends with migration " + std::to_string(newest) +
                              ", this release with " + std::to_string(pg::kSchemaVersion),
                    "run `make install`, or set sql_dir to share/vogate/sql of this release");
    if (::access(config.examples_dir.c_str(), R_OK | X_OK) != 0)
        return warn("examples_dir " + config.examples_dir + ": " + std::strerror(errno),
                    "set examples_dir to share/vogate/conf/examples, or to a folder of your own");
    return ok(config.sql_dir);
}

std::string name_of_group(gid_t gid) {
    const auto* group = ::getgrgid(gid);
    return group != nullptr ? group->gr_name : std::to_string(gid);
}

std::string name_of_user(uid_t uid) {
    const auto* user = ::getpwuid(uid);
    return user != nullptr ? user->pw_name : std::to_string(uid);
}

constexpr const char* kStart =
    "start the services: systemctl start vogate.target, or `vogate run`. With systemd the sockets "
    "are "
    "in /run/vogate: then write run_dir = /run/vogate";

Finding check_sockets(Subject& subject) {
    const auto& run_dir = subject.config->run_dir;

    struct stat status {};

    if (::stat(run_dir.c_str(), &status) != 0)
        return fail("run_dir " + run_dir + ": " + std::strerror(errno), kStart);
    std::string who;
    for (const auto& service : kServices) {
        if (service.socket.empty()) continue;
        const auto path = run_dir + "/" + std::string(service.socket);
        if (::lstat(path.c_str(), &status) != 0)
            return fail(path + ": " + std::strerror(errno), kStart);
        if (!S_ISSOCK(status.st_mode))
            return fail(path + " is no socket", "remove that file and start the services again");
        if ((status.st_mode & S_IRWXO) != 0)
            return fail("everybody on this host can connect to " + path +
                            ", and who can connect says who the user is",
                        "chmod 660 " + path + "; in the socket unit SocketMode=0660");
        who = name_of_user(status.st_uid) + ":" + name_of_group(status.st_gid);
    }
    return ok("in " + run_dir + ", of " + who + ", whose group has to be the web server's");
}

Finding check_services(Subject& subject) {
    for (const auto& service : kServices) {
        if (service.socket.empty()) continue;
        const auto path = subject.config->run_dir + "/" + std::string(service.socket);
        const auto answer = ask_fastcgi(path, std::string(service.probe));
        if (!answer.starts_with("Status: 200"))
            return fail(std::string(service.name) + " answers " +
                            in_quotes(answer.substr(0, answer.find('\r'))),
                        "look into its log: journalctl -u vogate-" + std::string(service.name));
    }
    return ok("each answers on its socket");
}

// Formats that need their end first are written there.
Finding check_scratch(Subject& subject) {
    struct statvfs status {};

    if (::statvfs("/var/tmp", &status) != 0)
        return warn(std::string("/var/tmp: ") + std::strerror(errno), "make it, with mode 1777");
    const auto free_mb = static_cast<std::int64_t>(status.f_bavail * status.f_frsize / 1'000'000);
    const auto words = std::to_string(free_mb) + " MB free in /var/tmp";
    if (free_mb < subject.config->temp_file_limit_mb)
        return warn(words + ", and one answer in FITS may need temp_file_limit_mb, " +
                        std::to_string(subject.config->temp_file_limit_mb),
                    "make room, or set temp_file_limit_mb lower and run `vogate init`");
    return ok(words);
}

// What tap-async and the workers look at when they start, as far as it can be seen from here.
Finding check_store(Subject& subject) {
    const auto& folder = subject.config->store_dir;

    struct stat status {};

    if (::stat(folder.c_str(), &status) != 0)
        return fail("store_dir " + folder + ": " + std::strerror(errno),
                    "make it, of the user of the services and with mode 750, or mount its file system");
    if (!S_ISDIR(status.st_mode))
        return fail("store_dir " + folder + " is no folder", "set store_dir to a folder");
    if ((status.st_mode & S_IRWXO) != 0)
        return warn("others may enter " + folder + ", where results of jobs are",
                    "chmod 750 " + folder);
    struct statvfs space {};

    if (::statvfs(folder.c_str(), &space) != 0)
        return warn(folder + ": " + std::strerror(errno), "look at its file system");
    const auto free_mb = static_cast<std::int64_t>(space.f_bavail * space.f_frsize / 1'000'000);
    const auto words = folder + ", of " + name_of_user(status.st_uid) + ", with " +
                       std::to_string(free_mb) + " MB free";
    if (free_mb < 1000)
        return warn(words, "make room: results and uploads of jobs are kept there");
    return ok(words);
}

// Programs of jobs run there; made by the worker where it may.
Finding check_work_dir(Subject& subject) {
    const auto& folder = subject.config->work_dir;

    struct stat status {};

    if (::stat(folder.c_str(), &status) != 0)
        return warn("work_dir " + folder + ": " + std::strerror(errno),
                    "make it, of the user of the workers and with mode 711, if they cannot do so themselves");
    if (!S_ISDIR(status.st_mode))
        return fail("work_dir " + folder + " is no folder", "set work_dir to a folder of a local disk");
    if ((status.st_mode & S_IWOTH) != 0)
        return fail("others may write to " + folder + ", where programs of jobs run", "chmod 711 " + folder);
    return ok(folder + ", of " + name_of_user(status.st_uid));
}

Finding check_kinds(Subject& subject) {
    const auto& config = *subject.config;
    const auto shelf = jdl::read_kinds(config.kinds_dir, jdl::make_site(config));
    if (!shelf.refused.empty())
        return warn(std::to_string(shelf.refused.size()) + " of " +
                        std::to_string(shelf.refused.size() + shelf.kinds.size()) + " are refused: " +
                        shelf.refused.front().what(),
                    "correct it; `vogate job-kind list` shows all of them");
    std::string names;
    for (const auto& [name, kind] : shelf.kinds)
        names += (names.empty() ? "" : ", ") + name;
    return ok(names.empty() ? "none in " + config.kinds_dir : names);
}

constexpr std::array kChecks{
    Check{"configuration", Needs::Nothing, check_config,
          "correct that line; `vogate --options` lists the options"},
    Check{"its permissions", Needs::Config, check_permissions},
    Check{"authority", Needs::Config, check_authority},
    Check{"base_url", Needs::Config, check_base_url},
    Check{"limits", Needs::Config, check_limits},
    Check{"executables", Needs::Config, check_executables},
    Check{"installed files", Needs::Config, check_files},
    Check{"scratch space", Needs::Config, check_scratch},
    Check{"store of jobs", Needs::Config, check_store},
    Check{"work folder", Needs::Config, check_work_dir},
    Check{"kinds of jobs", Needs::Config, check_kinds},
    Check{"sockets", Needs::Config, check_sockets},
    Check{"services", Needs::Config, check_services,
          "\"Permission denied\": run the doctor as root or as the user of the services; else "
          "start them "
          "(systemctl restart vogate.target, or `vogate run`) and look into their log"},
};

}  // namespace

std::span<const Check> site_checks() {
    return kChecks;
}

}  // namespace vo::vogate::doctor
