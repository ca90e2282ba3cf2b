// SPDX-License-Identifier: Apache-2.0
// Owns the listening sockets of the FastCGI executables and keeps those executables running.
//
//     return vogate::supervise({.config_path = path, .run_dir = ..., .libexec_dir = ...});
//
// Each row of `services` is one executable, started with its socket as descriptor 0 (FastCGI's own
// way) and `--config PATH`. The sockets outlive the executables: while one is replaced, clients
// wait in the socket's queue instead of being refused. A dead executable is started again after
// 0.1 s, then after twice as long each time up to 5 s; ten seconds of life make it 0.1 s again.
// SIGHUP is passed on. SIGTERM or SIGINT takes the sockets away, passes TERM on, waits `grace`
// for running requests and then kills; the same signal once more kills at once. Executables end
// with their supervisor even when it is killed.
// The lock on RUN_DIR/vogate.pid lets one supervisor only serve a run_dir.
// REQUIRES: one thread in the process.
#pragma once

#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace vo::vogate {

struct Service {
    std::string_view name;
    std::string_view executable;  // below libexec_dir
    std::string_view socket;      // below run_dir; empty: it answers nobody
    std::string_view probe;       // a path that answers 200 when all is well
    bool keeps_jobs = false;      // it needs database_service
};

struct Supervision {
    std::string config_path;
    std::string libexec_dir;
    std::string run_dir;
    std::span<const Service> services;
    // On SIGHUP, before it is passed on. An Error it throws is logged; all else stays as it was.
    std::function<void()> on_reload;
    std::chrono::seconds grace{35};
};

// Returns the exit status when it was told to stop. Throws Error when it cannot start.
[[nodiscard]] int supervise(const Supervision& supervision);

}  // namespace vo::vogate
