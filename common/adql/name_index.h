// SPDX-License-Identifier: Apache-2.0
// Finds names in a list that is looked into often; private to this folder.
//
// A few looks go through the whole list. Once they have cost more than sorting it, the list is
// sorted by hashes of the names without case, so that thousands of names against tables of
// thousands of columns stay linear.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/catalog.h"

namespace vo::adql {

class NameIndex {
  public:
    // Calls visit(i) for each of `count` names that may be the wanted one in some case, in order.
    template <typename NameOf, typename Visit>
    void look(std::size_t count,
              const NameOf& name_of,
              std::string_view wanted,
              const Visit& visit) {
        if (sorted_.empty()) {
            looked_ += count;
            if (looked_ < kOften) {
                for (std::size_t i = 0; i < count; ++i)
                    visit(i);
                return;
            }
            sorted_.reserve(count);
            for (std::size_t i = 0; i < count; ++i)
                sorted_.emplace_back(schema::fold_hash(name_of(i)), i);
            std::sort(sorted_.begin(), sorted_.end());
        }
        const auto hash = schema::fold_hash(wanted);
        for (auto at =
                 std::lower_bound(sorted_.begin(), sorted_.end(), std::pair{hash, std::size_t{0}});
             at != sorted_.end() && at->first == hash; ++at)
            visit(at->second);
    }

  private:
    static constexpr std::size_t kOften = 3000;
    std::size_t looked_ = 0;
    std::vector<std::pair<std::size_t, std::size_t>> sorted_;
};

}  // namespace vo::adql
