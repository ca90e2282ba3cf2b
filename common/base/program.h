// SPDX-License-Identifier: Apache-2.0
// What the main of every service is: --version, --config FILE, the name in the log, the last catch.
//
//     int main(int argc, char** argv) {
//         return vo::run_service({"tap-sync", "tap-sync.fcgi", PACKAGE_VERSION}, argc, argv, vo::tap::run);
//     }
#pragma once

#include <string_view>

namespace vo {

struct Program {
    std::string_view name;  // in the log
    std::string_view executable;
    std::string_view version;
};

// `run` gets what --config said, or nothing; its status is the program's. What it throws is logged, and
// the status is 1.
[[nodiscard]] int run_service(const Program& program,
                              int argc,
                              char** argv,
                              int (*run)(std::string_view config_option));

}  // namespace vo
