// SPDX-License-Identifier: Apache-2.0
// The command line of a service.
#include "base/program.h"

#include <exception>
#include <iostream>
#include <string>

#include "base/error.h"
#include "base/log.h"

namespace vo {

int run_service(const Program& program, int argc, char** argv, int (*run)(std::string_view config_option)) {
    log::set_program(std::string(program.name));
    try {
        const std::string_view first = argc > 1 ? argv[1] : "";
        if (argc == 2 && first == "--version") {
            std::cout << program.executable << ' ' << program.version << '\n';
            return 0;
        }
        if (argc != 1 && !(argc == 3 && first == "--config"))
            throw Error(Code::BadRequest,
                        "usage: " + std::string(program.executable) + " [--config FILE | --version]");
        return run(argc == 3 ? argv[2] : "");
    } catch (const std::exception& error) {
        log::error("start", {{"message", error.what()}});
        return 1;
    }
}

}  // namespace vo
