// SPDX-License-Identifier: Apache-2.0
// Description and parameters to a process; its end to the end of the job.
#include "run_local.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <utility>

#include <poll.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "base/sink.h"
#include "base/text.h"
#include "collect.h"
#include "process.h"
#include "stage.h"
#include "uws/kind_register.h"
#include "uws/store.h"
#include "work_folder.h"

namespace vo::worker {

namespace {

constexpr std::int64_t kLogBytes = 10'000'000;
// From SIGTERM to SIGKILL: less than the worker itself has when it is told to end.
constexpr std::chrono::seconds kGrace{5};
constexpr int kLook_ms = 1000;

// Values are checked when they are given, but since then the description may have changed.
void check_claim(const jdl::Kind& kind, const uws::Claim& claim) {
    jdl::Given given;
    for (const auto& parameter : claim.job.parameters) {
        if (kind.find_input(parameter.name) == nullptr && kind.find_parameter(parameter.name) == nullptr) continue;
        if (kind.find_parameter(parameter.name) != nullptr) jdl::check_value(kind, parameter.name, parameter.value);
        given.emplace_back(parameter.name, parameter.value);
    }
    if (const auto fault = jdl::find_fault(kind, given); !fault.empty()) throw Error(Code::BadRequest, fault);
}

std::vector<std::string> values_of(const uws::Claim& claim, std::string_view name) {
    std::vector<std::string> values;
    for (const auto& parameter : claim.job.parameters)
        if (equal_fold(parameter.name, name)) values.push_back(parameter.value);
    return values;
}

std::vector<std::string> environment_of(const jdl::Kind& kind, const std::string& folder) {
    std::vector<std::string> environment{"PATH=/usr/local/bin:/usr/bin:/bin",
                                         "HOME=" + folder,
                                         "TMPDIR=" + folder,
                                         "LANG=C.UTF-8",
                                         "TZ=UTC",
                                         "OMP_NUM_THREADS=" + std::to_string(std::max<std::int64_t>(kind.cores, 1))};
    environment.insert(environment.end(), kind.environment.begin(), kind.environment.end());
    return environment;
}

// The last thing that a program said before it gave up, which mostly tells why.
std::string last_words(const std::string& path) {
    constexpr std::size_t kMostBytes = 500;
    std::ifstream file(path, std::ios::binary);
    file.seekg(0, std::ios::end);
    const auto size = static_cast<std::int64_t>(file.tellg());
    file.seekg(std::max<std::int64_t>(0, size - 4096));
    std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto end = text.find_last_not_of(" \t\r\n");
    if (end == std::string::npos) return {};
    text.resize(end + 1);
    return clean_words(text.substr(text.rfind('\n') + 1), kMostBytes);
}

// What a program that ended by itself, or was stopped for a limit of its own, means for the job.
uws::Failure explain(const ProcessEnd& end, const std::string& standard_error) {
    // Those words are for the administrator, in the log.
    if (end.how == ProcessEnd::How::NotStarted)
        return {std::string(face(Code::Internal).name),
                "the program of this job could not be started; please give the operators of this service its id"};
    auto words = end.words;
    if (end.how == ProcessEnd::How::Exited)
        if (const auto last = last_words(standard_error); !last.empty()) words += ": " + last;
    return {std::string(face(Code::BadRequest).name), std::move(words)};
}

bool is_transient(const ProcessEnd& end) {
    return end.how == ProcessEnd::How::Lost ||
           (end.how == ProcessEnd::How::NotStarted && (end.status == EAGAIN || end.status == ENOSPC));
}

}  // namespace

LocalRunner::LocalRunner(Settings settings, const uws::FileStore& store)
    : settings_(std::move(settings)),
      store_(store),
      kinds_(settings_()->kinds_dir, jdl::make_site(*settings_())) {
    WorkFolder::remove_abandoned(settings_()->work_dir);
}

std::vector<std::string> LocalRunner::kinds() {
    std::vector<std::string> names;
    for (const auto& [name, kind] : kinds_.get()->kinds)
        names.push_back(name);
    return names;
}

Done LocalRunner::run(const uws::Claim& claim, pg::Connection& db, const Cancel& cancel, JobProgress& progress) {
    const auto config = settings_();
    const auto shelf = kinds_.get();
    const auto at = shelf->kinds.find(claim.list);
    if (at == shelf->kinds.end())
        throw Error(Code::NotFound, "this service runs no jobs of the kind " + claim.list + " any more");
    const auto& kind = *at->second;
    uws::note_kind(db, claim.ticket,
                   uws::register_kind(db, {.name = kind.name,
                                           .version = kind.version,
                                           .digest = kind.digest,
                                           .description = kind.text}));
    check_claim(kind, claim);

    const bool is_root = ::geteuid() == 0;
    const WorkFolder folder(config->work_dir, claim.ticket.job_id + '-' + std::to_string(claim.ticket.attempt) + '-' +
                                                  uws::make_job_id().substr(0, 8));
    const auto limits = uws::entity_limits(*config);
    progress.tell({}, "fetching inputs");
    const auto inputs = stage_inputs(
        {.kind = kind, .config = *config, .store = store_, .limits = limits, .cancel = cancel}, claim, db, folder.job());
    const jdl::ValuesOf values = [&](std::string_view name) {
        const auto found = inputs.find(std::string(name));
        if (found != inputs.end()) return found->second;
        return kind.find_input(name) != nullptr ? std::vector<std::string>() : values_of(claim, name);
    };
    const std::string job_file(jdl::kJobFile);
    std::string values_text;
    StringSink values_sink(values_text);
    jdl::write_job_file(values_sink, kind, values);
    folder.write(job_file, values_text);
    if (is_root) folder.give_to(config->job_user);
    progress.tell({}, {});

    ProcessPlan plan{.command = jdl::make_command(kind, values, folder.job() + '/' + job_file),
                     .environment = environment_of(kind, folder.job()),
                     .work_dir = folder.job(),
                     .stdout_path = folder.standard_output(),
                     .stderr_path = folder.standard_error(),
                     .user = is_root ? config->job_user : std::string(),
                     .memory_mb = kind.memory_mb,
                     .disk_mb = kind.disk_mb,
                     .log_bytes = kLogBytes,
                     .grace = kGrace};
    Process process(config->libexec_dir + "/vogate-shepherd", plan);
    std::optional<ProcessEnd> end;
    bool stopped = false;
    while (!(end = process.poll())) {
        progress.tell(process.progress().percent, process.progress().words);
        if (!stopped && cancel.reason() != Cancel::Reason::None) {
            process.stop();
            stopped = true;
        }
        pollfd wait[] = {{process.descriptor(), POLLIN, 0}, {stopped ? -1 : cancel.watch_fd(), 0, 0}};
        ::poll(wait, 2, kLook_ms);
    }
    progress.tell(process.progress().percent, process.progress().words);
    log::info("program", {{"job", claim.ticket.job_id},
                          {"kind", kind.name},
                          {"end", end->words.empty() ? "exit 0" : end->words},
                          {"cpu_s", std::to_string(end->cpu_s)},
                          {"wall_s", std::to_string(end->wall_s)},
                          {"memory", std::to_string(end->peak_memory_bytes)}});

    if (is_transient(*end))
        throw Error(Code::Busy, "the program of this job was lost; it begins anew").with_detail(end->words);
    Done done;
    const auto forget = [&] {
        for (const auto& file : done.files)
            store_.remove(file->name());
        done = {};
    };
    try {
        if (end->how == ProcessEnd::How::Exited && end->status == 0 && cancel.reason() == Cancel::Reason::None)
            collect_results(kind, claim, folder.job(), store_, cancel, done);
        else
            done.ending = {.move = uws::Move::Fail, .failure = explain(*end, folder.standard_error())};
    } catch (const Error& error) {
        forget();
        // Deliberate: that results are missing is an end of the job, with its words kept.
        if (error.code() != Code::BadRequest) throw;
        done.ending = {.move = uws::Move::Fail,
                       .failure = uws::Failure{std::string(face(Code::BadRequest).name), error.what()}};
    }
    try {
        collect_log("stdout", claim, folder.standard_output(), store_, done);
        collect_log("stderr", claim, folder.standard_error(), store_, done);
    } catch (const Error&) {
        forget();
        throw;
    }
    return done;
}

}  // namespace vo::worker
