// SPDX-License-Identifier: Apache-2.0
// The catalogue of the ADQL tests: tables in the shape of the real ones, made in code.
#pragma once

#include "schema/catalog.h"

namespace vo::test {

[[nodiscard]] const schema::Catalog& sample_catalog();

}  // namespace vo::test
