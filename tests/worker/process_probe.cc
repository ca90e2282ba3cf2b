// SPDX-License-Identifier: Apache-2.0
// A worker with nothing but programs: runs the plan that it reads, for
// tests/worker/test_process.py.
//
//     process_probe SHEPHERD [--at-once THREADS] [--times N] [--bench N] <PLAN
//
// PLAN is name NUL value NUL and so on. What happens is told in lines of JSON. SIGTERM stops the
// programs, SIGINT gives them up.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/sink.h"
#include "base/text.h"
#include "doc/json_writer.h"
#include "process.h"
#include "shepherd/descendants.h"

namespace {

using namespace vo;
using worker::ProcessPlan;
using Clock = std::chrono::steady_clock;
using How = worker::ProcessEnd::How;

constexpr std::array kHows{"Exited", "Signal",    "Stopped",    "Memory",
                           "Disk",   "Processes", "NotStarted", "Lost"};

std::atomic<bool> stops = false;
std::atomic<bool> gives_up = false;
std::mutex output;

void tell(const std::function<void(doc::JsonWriter&)>& write) {
    std::string line;
    StringSink sink(line);
    doc::JsonWriter json(sink);
    json.open_object();
    write(json);
    json.end();
    const std::lock_guard lock(output);
    std::cout << line << std::flush;
}

ProcessPlan read_plan() {
    const std::map<std::string_view, std::string ProcessPlan::*> texts{
        {"work_dir", &ProcessPlan::work_dir},
        {"stdout", &ProcessPlan::stdout_path},
        {"stderr", &ProcessPlan::stderr_path},
        {"user", &ProcessPlan::user}};
    const std::map<std::string_view, std::int64_t ProcessPlan::*> numbers{
        {"memory_mb", &ProcessPlan::memory_mb},   {"disk_mb", &ProcessPlan::disk_mb},
        {"log_bytes", &ProcessPlan::log_bytes},   {"processes", &ProcessPlan::processes},
        {"open_files", &ProcessPlan::open_files}, {"nice", &ProcessPlan::nice}};
    const std::string bytes{std::istreambuf_iterator<char>(std::cin), {}};
    const auto fields = split(bytes, '\0');
    ProcessPlan plan;
    for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
        const auto name = fields[i];
        std::string value(fields[i + 1]);
        // A NUL cannot stand in a plan that is read here.
        if (const auto at = value.find("<NUL>"); at != std::string::npos)
            value.replace(at, 5, 1, '\0');
        if (name == "argument")
            plan.command.push_back(value);
        else if (name == "variable")
            plan.environment.push_back(value);
        else if (name == "grace_ms")
            plan.grace = std::chrono::milliseconds(parse_integer(value).value());
        else if (texts.contains(name))
            plan.*texts.at(name) = value;
        else
            plan.*numbers.at(name) = parse_integer(value).value();
    }
    return plan;
}

void tell_end(const worker::ProcessEnd& end) {
    tell([&](doc::JsonWriter& json) {
        json.key("event").value("end").key("how").value(
            kHows.at(static_cast<std::size_t>(end.how)));
        json.key("status").value(end.status).key("words").value(end.words);
        json.key("peak")
            .value(end.peak_memory_bytes)
            .key("cpu_s")
            .value(end.cpu_s)
            .key("wall_s")
            .value(end.wall_s);
    });
}

void run_one(const std::string& shepherd, const ProcessPlan& plan) {
    auto process = std::make_unique<worker::Process>(shepherd, plan);
    tell([](doc::JsonWriter& json) { json.key("event").value("started"); });
    worker::Progress last;
    bool is_stopped = false;
    while (!gives_up) {
        pollfd ready{process->descriptor(), POLLIN, 0};
        ::poll(&ready, 1, 20);
        const auto end = process->poll();
        const auto& now = process->progress();
        if (now.percent != last.percent || now.words != last.words) {
            last = now;
            tell([&](doc::JsonWriter& json) {
                json.key("event")
                    .value("progress")
                    .key("percent")
                    .value(*now.percent)
                    .key("words")
                    .value(now.words);
            });
        }
        if (end) return tell_end(*end);
        if (stops && !std::exchange(is_stopped, true)) process->stop();
    }
    process.reset();
    tell([](doc::JsonWriter& json) { json.key("event").value("given up"); });
}

std::int64_t count_descriptors() {
    std::int64_t count = 0;
    auto* folder = ::opendir("/proc/self/fd");
    while (::readdir(folder) != nullptr)
        ++count;
    ::closedir(folder);
    return count;
}

void run_many(const std::string& shepherd, const ProcessPlan& plan, int at_once, int times) {
    const auto before = count_descriptors();
    std::vector<std::jthread> threads;
    for (int i = 0; i < at_once; ++i)
        threads.emplace_back([&, i] {
            for (int k = 0; k < times; ++k) {
                auto own = plan;
                if (at_once * times > 1) {
                    const auto name = '.' + std::to_string(i) + '.' + std::to_string(k);
                    own.stdout_path += name;
                    own.stderr_path += name;
                }
                try {
                    run_one(shepherd, own);
                } catch (const Error& error) {
                    tell([&](doc::JsonWriter& json) {
                        json.key("event").value("error").key("code").value(face(error.code()).name);
                        json.key("words").value(error.what()).key("detail").value(error.detail());
                    });
                }
            }
        });
    threads.clear();
    tell([&](doc::JsonWriter& json) {
        json.key("event").value("left").key("descriptors").value(count_descriptors() - before);
        json.key("children").value(worker::find_children().size());
    });
}

double median_ms(int times, const std::function<void(int)>& run) {
    std::vector<double> all;
    for (int i = 0; i < times; ++i) {
        const auto begin = Clock::now();
        run(i);
        all.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
    }
    std::sort(all.begin(), all.end());
    return all.at(all.size() / 2);
}

void bench(const std::string& shepherd, const ProcessPlan& plan, int times) {
    const auto process = median_ms(times, [&](int i) {
        auto own = plan;
        own.stdout_path += std::to_string(i);
        own.stderr_path += std::to_string(i);
        worker::Process one(shepherd, own);
        while (!one.poll()) {
            pollfd ready{one.descriptor(), POLLIN, 0};
            ::poll(&ready, 1, 1000);
        }
    });
    const auto bare = median_ms(times, [&](int) {
        char* arguments[] = {const_cast<char*>(plan.command.front().c_str()), nullptr};
        char* environment[] = {nullptr};
        pid_t pid = 0;
        if (::posix_spawn(&pid, arguments[0], nullptr, nullptr, arguments, environment) == 0)
            ::waitpid(pid, nullptr, 0);
    });
    tell([&](doc::JsonWriter& json) {
        json.key("event")
            .value("bench")
            .key("process_ms")
            .value(process)
            .key("spawn_ms")
            .value(bare);
    });
}

}  // namespace

int main(int argc, char** argv) {
    std::map<std::string_view, int> options{{"--at-once", 1}, {"--times", 1}, {"--bench", 0}};
    for (int i = 2; i + 1 < argc; i += 2)
        options.at(argv[i]) = std::atoi(argv[i + 1]);
    const auto plan = read_plan();
    // As a worker has them: the program must not.
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    sigset_t signals;
    ::sigemptyset(&signals);
    for (const int number : {SIGTERM, SIGINT, SIGHUP})
        ::sigaddset(&signals, number);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::thread([signals] {
        int number = 0;
        while (::sigwait(&signals, &number) == 0)
            (number == SIGTERM ? stops : gives_up) = true;
    }).detach();
    if (options["--bench"] > 0)
        bench(argv[1], plan, options["--bench"]);
    else
        run_many(argv[1], plan, options["--at-once"], options["--times"]);
    std::cout << std::flush;
    // Past the thread that waits for signals.
    ::_exit(0);
}
