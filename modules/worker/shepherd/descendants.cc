// SPDX-License-Identifier: Apache-2.0
// /proc/PID/stat and /proc/PID/task/TID/children (proc(5)), pidfds, and the race with those that
// fork.
#include "descendants.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"

// As glibc 2.36 has it, it is for C only.
extern "C" {
#include <sys/pidfd.h>
}

namespace vo::worker {

namespace {

using Clock = std::chrono::steady_clock;

// Nobody is served by a list that grows faster than it is read.
constexpr std::size_t kMostMembers = 100'000;

std::string folder_of(int pid) {
    return "/proc/" + std::to_string(pid);
}

// Empty when it is not there, or not for us.
std::string read_whole(const std::string& path) {
    std::string text;
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, 4096> buffer;
    while (file.is_open()) {
        const auto got = ::read(file.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        text.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return text;
}

// The numbers in it, up to the first word that is none.
template <typename Take>
void for_each_number(std::string_view text, const Take& take) {
    while (true) {
        text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
        std::int64_t value = 0;
        const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (failure != std::errc() || !take(value)) return;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    }
}

std::optional<Member> look_at(int pid) {
    const auto text = read_whole(folder_of(pid) + "/stat");
    // The second field is a name in brackets, in which anything may stand.
    const auto name_end = text.rfind(") ");
    if (name_end == std::string::npos || name_end + 4 > text.size()) return {};
    constexpr std::size_t kThirdNumber = 4;
    std::array<std::int64_t, 25> fields{};
    std::size_t at = kThirdNumber;
    for_each_number(std::string_view(text).substr(name_end + 4), [&](std::int64_t value) {
        fields[at] = value;
        return ++at < fields.size();
    });
    if (at != fields.size()) return {};
    static const std::int64_t page_bytes = ::sysconf(_SC_PAGESIZE);
    const char state = text[name_end + 2];
    return Member{.pid = pid,
                  .parent = static_cast<int>(fields[4]),
                  .group = static_cast<int>(fields[5]),
                  .session = static_cast<int>(fields[6]),
                  .threads = fields[20],
                  .resident_bytes = fields[24] * page_bytes,
                  .is_zombie = state == 'Z' || state == 'X'};
}

void add_children(const std::string& process,
                  std::string_view thread,
                  std::vector<Member>& members) {
    const auto text = read_whole(process + "/task/" + std::string(thread) + "/children");
    for_each_number(text, [&](std::int64_t pid) {
        if (auto child = look_at(static_cast<int>(pid))) members.push_back(*child);
        return members.size() < kMostMembers;
    });
}

void add_children(int pid, std::int64_t threads, std::vector<Member>& members) {
    const auto process = folder_of(pid);
    if (threads <= 1) return add_children(process, std::to_string(pid), members);
    auto* folder = ::opendir((process + "/task").c_str());
    if (folder == nullptr) return;
    while (const auto* entry = ::readdir(folder))
        if (entry->d_name[0] != '.') add_children(process, entry->d_name, members);
    ::closedir(folder);
}

// "Pss_Anon:        120 kB" in a text of such lines.
std::optional<std::int64_t> find_kilobytes(std::string_view text, std::string_view name) {
    const auto at = text.find(name);
    if (at == std::string_view::npos) return {};
    std::optional<std::int64_t> found;
    auto rest = text.substr(at + name.size());
    rest.remove_prefix(std::min(rest.find_first_not_of("\t "), rest.size()));
    for_each_number(rest, [&](std::int64_t value) {
        found = value;
        return false;
    });
    return found;
}

// A member that leads a group and is our child, which nobody has collected, keeps the number of the
// group.
void kill_group_or_process(const Member& child) {
    if (child.group == child.pid) ::kill(-child.group, SIGKILL);
    if (!child.is_zombie) ::kill(child.pid, SIGKILL);
}

}  // namespace

bool can_find_children() {
    const auto self = ::getpid();
    return ::access((folder_of(self) + "/task/" + std::to_string(self) + "/children").c_str(),
                    R_OK) == 0;
}

std::vector<Member> find_children() {
    std::vector<Member> members;
    const auto self = look_at(::getpid());
    if (self) add_children(self->pid, self->threads, members);
    return members;
}

void add_descendants(std::vector<Member>& members) {
    for (std::size_t i = 0; i < members.size() && members.size() < kMostMembers; ++i)
        if (!members[i].is_zombie) add_children(members[i].pid, members[i].threads, members);
}

Descriptor watch_process(int pid) {
    return Descriptor(::pidfd_open(pid, 0));
}

void signal_member(const Member& member, int number) {
    if (member.parent == ::getpid()) {
        ::kill(member.pid, number);
        return;
    }
    const auto process = watch_process(member.pid);
    if (!process.is_open()) return;
    // Whoever has the number now is the one of the descriptor, if that one still takes the signal.
    const auto now = look_at(member.pid);
    if (now && (now->parent == member.parent || now->parent == ::getpid()))
        ::pidfd_send_signal(process.get(), number, nullptr, 0);
}

std::int64_t own_memory_bytes(const Member& member) {
    const auto process = folder_of(member.pid);
    // The first is refused for a program that does not want to be looked at.
    for (const auto& [file, anonymous, shared] :
         {std::array{"/smaps_rollup", "\nPss_Anon:", "\nPss_Shmem:"},
          std::array{"/status", "\nRssAnon:", "\nRssShmem:"}}) {
        const auto text = read_whole(process + file);
        const auto first = find_kilobytes(text, anonymous);
        const auto second = find_kilobytes(text, shared);
        if (first && second) return (*first + *second) * 1024;
    }
    return member.is_zombie ? 0 : member.resident_bytes;
}

bool kill_children(const std::function<bool(const Member& child)>& ours, Clock::time_point until) {
    constexpr timespec kShortest{0, 50'000};
    constexpr long kLongest_ns = 10'000'000;
    auto nap = kShortest;
    std::vector<int> before;
    while (true) {
        auto members = find_children();
        std::erase_if(members, [&](const Member& child) { return !ours(child); });
        if (members.empty()) return true;
        const auto children = members.size();
        for (const auto& child : members)
            kill_group_or_process(child);
        add_descendants(members);
        for (std::size_t i = children; i < members.size(); ++i)
            signal_member(members[i], SIGKILL);
        bool collected = false;
        for (std::size_t i = 0; i < children; ++i)
            collected =
                ::waitpid(members[i].pid, nullptr, WNOHANG | __WALL) == members[i].pid || collected;
        if (Clock::now() >= until) return false;

        // Those that fork and end faster than we look are met by not sleeping.
        std::vector<int> pids(members.size());
        std::transform(members.begin(), members.end(), pids.begin(),
                       [](const Member& one) { return one.pid; });
        std::sort(pids.begin(), pids.end());
        if (collected || !std::includes(before.begin(), before.end(), pids.begin(), pids.end())) {
            nap = kShortest;
            ::sched_yield();
        } else {
            ::nanosleep(&nap, nullptr);
            nap.tv_nsec = std::min(2 * nap.tv_nsec, kLongest_ns);
        }
        before = std::move(pids);
    }
}

}  // namespace vo::worker
