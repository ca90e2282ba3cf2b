// SPDX-License-Identifier: Apache-2.0
// `vogate run`: the table of executables, given to the supervisor.
#include <filesystem>
#include <iostream>
#include <vector>

#include "base/config.h"
#include "base/error.h"
#include "base/log.h"
#include "command.h"
#include "services.h"
#include "supervisor.h"

namespace vo::vogate {

namespace {

void print_help() {
    std::cout << "usage: vogate [--config FILE] run\n\n"
                 "Starts the FastCGI executables and keeps them running until SIGTERM or SIGINT.\n"
                 "The web server finds them at these sockets below run_dir:\n\n";
    for (const auto& service : kServices)
        if (!service.socket.empty()) std::cout << "  " << service.socket << '\n';
    std::cout << "\nSIGHUP makes all of them read the configuration again.\n";
}

}  // namespace

int run_services(const Context& context, const std::vector<std::string>& args) {
    if (!args.empty() && (args[0] == "--help" || args[0] == "-h")) {
        print_help();
        return 0;
    }
    if (!args.empty())
        throw Error(Code::BadRequest, "`vogate run` takes no arguments, not even " + args[0]);
    // The executables get the path as we read it, wherever they may be started.
    const auto config_path = std::filesystem::absolute(context.config_path).string();
    std::vector<Service> services;
    for (const auto& service : kServices) {
        // So the web server says at once that there is none, instead of waiting for it.
        if (service.keeps_jobs && context.config.database_service.empty())
            log::warn("not started", {{"service", std::string(service.name)},
                                      {"reason", "database_service is missing in " + config_path}});
        else
            services.push_back(service);
    }
    return supervise({
        .config_path = config_path,
        .libexec_dir = context.config.libexec_dir,
        .run_dir = context.config.run_dir,
        .services = services,
        .on_reload =
            [&config_path] {
                log::set_level(log::parse_level(read_config(config_path).log_level));
            },
    });
}

}  // namespace vo::vogate
