// SPDX-License-Identifier: Apache-2.0
// vogate-worker: runs asynchronous jobs. As many as one likes, on as many hosts as see the database
// and the store.
#include <atomic>
#include <csignal>
#include <memory>

#include <malloc.h>
#include <pthread.h>
#include <unistd.h>

#include "base/config.h"
#include "base/error.h"
#include "base/log.h"
#include "base/program.h"
#include "config.h"
#include "desk.h"
#include "run_local.h"
#include "run_query.h"
#include "slots.h"
#include "uws/store.h"

namespace vo::worker {

namespace {

// Less than the supervisor's patience: what has not ended by then goes back to the queue.
constexpr std::chrono::seconds kGrace{25};

std::string make_name() {
    char host[256] = "";
    ::gethostname(host, sizeof host - 1);
    return std::string(host) + ':' + std::to_string(::getpid()) + ':' + uws::make_job_id().substr(0, 8);
}

int run(std::string_view config_option) {
    const auto path = find_config_path(config_option);
    std::atomic<std::shared_ptr<const Config>> config = std::make_shared<const Config>(read_config(path));
    const auto first = config.load();
    log::set_level(log::parse_level(first->log_level));
    if (first->database_service.empty())
        throw Error(Code::BadRequest, path + ": the option database_service is missing; jobs are kept by that role");

    std::signal(SIGPIPE, SIG_IGN);
    // A limit on file sizes is an error of the one write that meets it.
    std::signal(SIGXFSZ, SIG_IGN);
    sigset_t signals;
    sigemptyset(&signals);
    for (const int number : {SIGTERM, SIGINT, SIGHUP})
        sigaddset(&signals, number);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    const auto name = make_name();
    const uws::FileStore store(first->store_dir);
    const auto settings = [&config] { return config.load(); };
    QueryRunner queries(settings, store);
    std::vector<Queue> queues{
        {.name = "tap",
         .slots = first->async_slots,
         .lists = [] { return std::vector<std::string>{"tap"}; },
         .per_client = [&config] { return config.load()->async_per_owner; },
         .run = [&queries](const uws::Claim& claim, pg::Connection& /*db*/, const Cancel& cancel,
                           JobProgress& progress) { return queries.run(claim, cancel, progress); }}};
    LocalRunner programs(settings, store);
    if (::geteuid() == 0 && first->job_user.empty())
        log::warn("start", {{"message", "as root, programs of jobs are run for the user of the option job_user only"}});
    else
        queues.push_back({.name = "local",
                          .slots = first->local_slots,
                          .lists = [&programs] { return programs.kinds(); },
                          .per_client = [&config] { return config.load()->local_per_owner; },
                          .run = [&programs](const uws::Claim& claim, pg::Connection& db, const Cancel& cancel,
                                             JobProgress& progress) { return programs.run(claim, db, cancel, progress); }});
    DeskPlan plan{.conninfo = first->database_service, .worker = name, .lease_s = first->lease_s};
    for (const auto& queue : queues)
        plan.slots[queue.name] = queue.slots;
    Desk desk(plan, store);
    Slots slots(settings, name, std::move(queues), desk, store);
    for (const auto& [queue, count] : plan.slots)
        log::info("start", {{"worker", name}, {"queue", queue}, {"slots", std::to_string(count)}});
    while (true) {
        int number = 0;
        if (sigwait(&signals, &number) != 0) continue;
        if (number != SIGHUP) break;
        try {
            config = std::make_shared<const Config>(read_config(path));
            log::set_level(log::parse_level(config.load()->log_level));
            log::info("reload", {{"result", "done"}});
        } catch (const std::exception& error) {
            // Deliberate: a running worker keeps what it has rather than end over a typing error.
            log::error("reload", {{"result", "refused, the old configuration stays"}, {"message", error.what()}});
        }
    }
    log::info("stop");
    slots.stop(kGrace);
    return 0;
}

}  // namespace

}  // namespace vo::worker

int main(int argc, char** argv) {
    // A fixed threshold: by default the first large block raises it, and later ones stay with us.
    ::mallopt(M_MMAP_THRESHOLD, 131'072);
    return vo::run_service({"vogate-worker", "vogate-worker", PACKAGE_VERSION}, argc, argv, vo::worker::run);
}
