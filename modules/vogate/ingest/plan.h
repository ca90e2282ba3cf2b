// SPDX-License-Identifier: Apache-2.0
// What an ingest will look at: the arguments walked, the index files found, each event file with
// what an index says of its runs, and what an index names but the disk lacks.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "index.h"

namespace vo::vogate::ingest {

// One file that may hold event lists; one transaction.
struct Task {
    std::string path;
    std::vector<Guide> guides;    // the runs that an HDU index finds in it
    const Index* rows = nullptr;  // an observation index alone: rows looked up by OBS_ID
    bool named_by_index = false;
    bool asked_for = false;  // named as an argument
};

struct IndexSummary {
    std::string path;
    std::size_t runs = 0;
    std::vector<std::string> missing;  // distinct files, in the order of the index
};

struct Refusal {
    std::string path;
    std::string reason;
    std::string detail;
};

struct Plan {
    std::vector<Task> tasks;
    std::vector<IndexSummary> indexes;
    std::vector<Refusal> refusals;
    std::map<std::string, Index> index_of_directory;  // what Task::rows points into
};

[[nodiscard]] Plan make_plan(const std::vector<std::string>& arguments);

}  // namespace vo::vogate::ingest
