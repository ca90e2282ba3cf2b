// SPDX-License-Identifier: Apache-2.0
// What /tap shows to people, and /tap/examples to people and programs.
#pragma once

#include <span>
#include <string_view>

#include "base/sink.h"
#include "examples.h"
#include "schema/catalog.h"

namespace vo::tap {

// XHTML with the RDFa of DALI 1.1 §2.3. `base_url` as in vogate.conf.
void write_examples(Sink& sink, std::string_view base_url, std::span<const Example> examples);

// What the service is, a form for a query, the tables. `catalog` may be nullptr.
void write_home(Sink& sink,
                std::string_view base_url,
                const schema::Catalog* catalog,
                std::span<const Example> examples);

}  // namespace vo::tap
