// SPDX-License-Identifier: Apache-2.0
// The example queries of a site: one file each, in ADQL, whose first comment line is the name and
// whose further comment lines are the description.
#pragma once

#include <string>
#include <vector>

namespace vo::tap {

struct Example {
    std::string id;  // the file's name without number and extension
    std::string name;
    std::string description;
    std::string query;
};

// NAME.adql and NN-NAME.adql of the folder, in the order of their names; empty when there is no
// such folder. A file without a name or a query, or with the id of one before it, is left out,
// with a warning in the log.
[[nodiscard]] std::vector<Example> read_examples(const std::string& folder);

}  // namespace vo::tap
