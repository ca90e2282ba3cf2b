// SPDX-License-Identifier: Apache-2.0
// `vogate run`: the table of FastCGI executables, given to the supervisor.
#include <filesystem>
#include <iostream>

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
        std::cout << "  " << service.socket << '\n';
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
    return supervise({
        .config_path = config_path,
        .libexec_dir = context.config.libexec_dir,
        .run_dir = context.config.run_dir,
        .services = kServices,
        .on_reload =
            [&config_path] {
                log::set_level(log::parse_level(read_config(config_path).log_level));
            },
    });
}

}  // namespace vo::vogate
