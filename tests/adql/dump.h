// SPDX-License-Identifier: Apache-2.0
// A tree as short text, so that the tests of the parser are tables: (and (= ra 1) (< dec 2)).
#pragma once

#include <string>

#include "adql/ast.h"

namespace vo::test {

[[nodiscard]] std::string dump(const adql::Query& query);
[[nodiscard]] std::string dump(const adql::Expr& expr);

}  // namespace vo::test
