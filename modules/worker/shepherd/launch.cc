// SPDX-License-Identifier: Apache-2.0
// fork, one step after the other, execve. This process has one thread, so that all of C is there
// after fork.
#include "launch.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

namespace vo::worker {

namespace {

// Descriptors from here on are none of those that the program gets.
constexpr int kFirstOwn = kProgressDescriptor + 1;
constexpr int kCannotExecute = 127;
// Every job of the user counts in RLIMIT_NPROC; the shepherd counts those of this one.
constexpr std::int64_t kJobsPerUser = 8;
constexpr std::int64_t kMegabyte = 1'000'000;
// What may be reserved is more than what may be used, and this is for what grows faster than one
// looks.
constexpr std::int64_t kReservedPerUsed = 4;
constexpr std::int64_t kReserved_mb = 1000;
// A program built with the same sanitizers reserves terabytes.
#ifdef __SANITIZE_ADDRESS__
constexpr bool kLimitsAddresses = false;
#else
constexpr bool kLimitsAddresses = true;
#endif

struct Pipe {
    Descriptor ours;
    Descriptor theirs;
};

[[noreturn]] void no_room(const char* what) {
    throw Error(Code::Busy, std::string(what) + ": " + std::strerror(errno));
}

// Both ends away from the numbers that the program's own will have.
Pipe make_pipe(const Person& person) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) no_room("the program's output has no room");
    const Descriptor reading(ends[0]);
    const Descriptor writing(ends[1]);
    Pipe pipe{Descriptor(::fcntl(ends[0], F_DUPFD_CLOEXEC, kFirstOwn)),
              Descriptor(::fcntl(ends[1], F_DUPFD_CLOEXEC, kFirstOwn))};
    if (!pipe.ours.is_open() || !pipe.theirs.is_open() ||
        ::fcntl(pipe.ours.get(), F_SETFL, O_NONBLOCK) != 0)
        no_room("the program's output has no room");
    // Or it could not open its own /dev/stdout.
    if (person.is_other && ::fchown(pipe.theirs.get(), person.user, person.group) != 0)
        no_room("the program's output cannot be given to its user");
    return pipe;
}

bool set_limit(__rlimit_resource resource, std::int64_t value) {
    rlimit limit{};
    if (::getrlimit(resource, &limit) != 0) return false;
    limit.rlim_max = std::min(limit.rlim_max, static_cast<rlim_t>(value));
    limit.rlim_cur = limit.rlim_max;
    return ::setrlimit(resource, &limit) == 0;
}

bool set_limits(const ProcessPlan& plan, const Person& person) {
    ::umask(077);
    // Where memory ends, the kernel takes the program first, and no database. The file is ours once
    // we are dumpable, which a shepherd is not.
    ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    if (const Descriptor file(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
        file.is_open()) [[maybe_unused]]
        const auto written = ::write(file.get(), "1000", 4);
    // For the good of others, no limit: a service that may not, does without.
    if (plan.nice > ::getpriority(PRIO_PROCESS, 0))
        ::setpriority(PRIO_PROCESS, 0, static_cast<int>(plan.nice));
    return set_limit(RLIMIT_CORE, 0) && set_limit(RLIMIT_NOFILE, plan.open_files) &&
           (plan.disk_mb == 0 || set_limit(RLIMIT_FSIZE, plan.disk_mb * kMegabyte)) &&
           (!person.is_other || set_limit(RLIMIT_NPROC, plan.processes * kJobsPerUser));
}

// For good: the way back is tried, and has to be closed.
bool become(const Person& person) {
    // A service with capabilities of its own keeps them to itself.
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
    if (!person.is_other) return true;
    if (::setgroups(person.groups.size(), person.groups.data()) != 0 ||
        ::setresgid(person.group, person.group, person.group) != 0 ||
        ::setresuid(person.user, person.user, person.user) != 0)
        return false;
    errno = EPERM;
    return ::setuid(0) != 0 && ::setgid(0) != 0 && ::getuid() == person.user &&
           ::geteuid() == person.user && ::getgid() == person.group && ::getegid() == person.group;
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (const auto& text : texts)
        out.push_back(const_cast<char*>(text.c_str()));
    out.push_back(nullptr);
    return out;
}

struct Ends {
    int input;
    int output;
    int errors;
    int progress;
    int failure;
};

[[noreturn]] void become_program(const ProcessPlan& plan,
                                 const Person& person,
                                 const Ends& ends,
                                 int parent) {
    const auto check = [&](Step step, bool fine) {
        if (fine) return;
        const Failure failure{step, errno};
        [[maybe_unused]] const auto written = ::write(ends.failure, &failure, sizeof failure);
        ::_exit(kCannotExecute);
    };
    ::setpgid(0, 0);
    for (int number = 1; number < NSIG; ++number)
        std::signal(number, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    check(Step::Limits, ::dup2(ends.input, STDIN_FILENO) >= 0 &&
                            ::dup2(ends.output, STDOUT_FILENO) >= 0 &&
                            ::dup2(ends.errors, STDERR_FILENO) >= 0 &&
                            ::dup2(ends.progress, kProgressDescriptor) >= 0 &&
                            ::close_range(kFirstOwn, ~0U, CLOSE_RANGE_CLOEXEC) == 0);
    check(Step::Limits, set_limits(plan, person));
    check(Step::User, become(person));
    // A change of the user would have taken it back.
    check(Step::Parent, ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && ::getppid() == parent);
    check(Step::Folder, ::chdir(plan.work_dir.c_str()) == 0);
    const auto arguments = pointers(plan.command);
    const auto environment = pointers(plan.environment);
    if (kLimitsAddresses && plan.memory_mb > 0)
        check(Step::Limits,
              set_limit(RLIMIT_AS, (kReservedPerUsed * plan.memory_mb + kReserved_mb) * kMegabyte));
    ::execve(arguments.front(), arguments.data(), environment.data());
    check(Step::Program, false);
    ::_exit(kCannotExecute);
}

struct Reason {
    int error_number;
    const char* words;
};

// After "the program X".
constexpr std::array kReasons{
    Reason{ENOENT, "is not there"},
    Reason{ENOTDIR, "is not there"},
    Reason{EACCES, "may not be executed"},
    Reason{EPERM, "may not be executed"},
    Reason{ENOEXEC, "is no program, and no script whose first line names an interpreter"},
    Reason{ELIBBAD, "is no program"},
    Reason{ETXTBSY, "is just being written"},
    Reason{E2BIG, "cannot take so long arguments; long values have to be files"},
    Reason{ENOMEM, "does not fit into its limit of memory"},
};

std::string describe_program(int error_number, const std::string& path) {
    if (error_number == ENOENT && ::access(path.c_str(), F_OK) == 0)
        return "the interpreter that the program " + path + " names is not there";
    const auto* reason = std::find_if(kReasons.begin(), kReasons.end(), [&](const Reason& one) {
        return one.error_number == error_number;
    });
    if (reason == kReasons.end())
        return "the program " + path + " cannot be started: " + std::strerror(error_number);
    return "the program " + path + ' ' + reason->words;
}

}  // namespace

Person find_person(const std::string& user) {
    const bool is_root = ::geteuid() == 0 || ::getuid() == 0;
    if (user.empty()) {
        if (is_root)
            throw Error(
                Code::Forbidden,
                "the worker runs as root, and no user is named who runs the programs of jobs");
        return {};
    }
    errno = 0;
    const auto* entry = ::getpwnam(user.c_str());
    if (entry == nullptr)
        throw Error(Code::Forbidden,
                    "the user " + user + ", who runs the programs of jobs, is unknown");
    if (entry->pw_uid == 0 || entry->pw_gid == 0)
        throw Error(Code::Forbidden,
                    "programs of jobs never run as root, which the user " + user + " is");
    if (!is_root) {
        if (entry->pw_uid == ::geteuid() && entry->pw_uid == ::getuid()) return {};
        throw Error(
            Code::Forbidden,
            "the worker does not run as root and cannot start programs as the user " + user);
    }
    Person person{.is_other = true, .user = entry->pw_uid, .group = entry->pw_gid, .groups = {}};
    int count = 64;
    person.groups.resize(static_cast<std::size_t>(count));
    while (::getgrouplist(user.c_str(), person.group, person.groups.data(), &count) < 0)
        person.groups.resize(static_cast<std::size_t>(count));
    person.groups.resize(static_cast<std::size_t>(count));
    return person;
}

Launched launch(const ProcessPlan& plan, const Person& person) {
    const Descriptor input(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const Descriptor own_input(::fcntl(input.get(), F_DUPFD_CLOEXEC, kFirstOwn));
    if (!own_input.is_open()) no_room("/dev/null cannot be read");
    auto output = make_pipe(person);
    auto errors = make_pipe(person);
    auto progress = make_pipe(person);
    auto failure = make_pipe(person);
    const int parent = ::getpid();
    const auto pid = ::fork();
    if (pid < 0) no_room("the program cannot be started now");
    if (pid == 0)
        become_program(plan, person,
                       {own_input.get(), output.theirs.get(), errors.theirs.get(),
                        progress.theirs.get(), failure.theirs.get()},
                       parent);
    // Done on both sides, so that neither is too early.
    ::setpgid(pid, pid);
    return {pid,
            {std::move(output.ours), std::move(errors.ours), std::move(progress.ours),
             std::move(failure.ours)}};
}

std::string describe(const Failure& failure, const ProcessPlan& plan) {
    const std::string reason = std::strerror(failure.error_number);
    switch (failure.step) {
        case Step::Limits: return "the limits of the program cannot be set: " + reason;
        case Step::User:
            return "the program cannot be started as the user " + plan.user + ": " + reason;
        case Step::Parent: return "the program was given up before its start";
        case Step::Folder: return "the work directory of the program cannot be entered: " + reason;
        case Step::Program: break;
    }
    return describe_program(failure.error_number, plan.command.front());
}

}  // namespace vo::worker
