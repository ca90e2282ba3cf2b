// SPDX-License-Identifier: Apache-2.0
// What /uws shows beside job lists: the kinds, files.
#pragma once

#include <string>
#include <vector>

#include "base/sink.h"
#include "kinds.h"
#include "uws/document.h"
#include "uws/entities.h"

namespace vo::jobs {

// The kinds with the addresses of their job lists and descriptions; as XML it is a VOTable. `url`: of /uws.
void write_kinds(Sink& sink, uws::Form form, const Offers& offers, const std::string& url);

void write_entity(Sink& sink, const uws::Entity& entity, const std::vector<uws::Use>& uses, const std::string& url);

void write_entities(Sink& sink, const std::vector<uws::Entity>& entities, const std::string& url);

}  // namespace vo::jobs
