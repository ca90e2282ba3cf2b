// SPDX-License-Identifier: Apache-2.0
// The subcommands of `vogate`: one function and one row of the table in main.cc each.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/config.h"

namespace vo::vogate {

// What main.cc read before the subcommand's name.
struct Context {
    std::string config_path;
    Config config;
};

// args are the words after the subcommand's name. The return value is the exit status; an Error
// thrown is printed by main.cc as one line and ends in exit status 1 (2 for wrong usage, which is
// Error(BadRequest)).
using Run = int (*)(const Context& context, const std::vector<std::string>& args);

struct Command {
    std::string_view name;
    std::string_view summary;
    Run run;
    // Without it the command reads no vogate.conf before it runs (there may be none, or a bad one may be
    // its subject), and Context::config is the default.
    bool needs_config = true;
};

int run_adql(const Context& context, const std::vector<std::string>& args);
int run_doctor(const Context& context, const std::vector<std::string>& args);
int run_ingest(const Context& context, const std::vector<std::string>& args);
int run_init(const Context& context, const std::vector<std::string>& args);
int run_job_kind(const Context& context, const std::vector<std::string>& args);
int run_jobs(const Context& context, const std::vector<std::string>& args);
int run_load(const Context& context, const std::vector<std::string>& args);
int run_publish(const Context& context, const std::vector<std::string>& args);
int run_services(const Context& context, const std::vector<std::string>& args);
int run_simulate(const Context& context, const std::vector<std::string>& args);
int run_unpublish(const Context& context, const std::vector<std::string>& args);

}  // namespace vo::vogate
