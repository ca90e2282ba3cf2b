// SPDX-License-Identifier: Apache-2.0
// The door to publishing, for the subcommands.
#pragma once

#include <string>

#include "base/config.h"
#include "pg/connection.h"
#include "plan.h"
#include "site_table.h"

namespace vo::vogate {

struct PublishOptions {
    publish::TableName name;
    std::string metadata;
    publish::PositionWish position;
    bool yes = false;
    bool dry_run = false;
};

// As the owner; says what it does on standard output.
void publish_table(pg::Connection& db, const Config& config, const PublishOptions& options);

}  // namespace vo::vogate
