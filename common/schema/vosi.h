// SPDX-License-Identifier: Apache-2.0
// VOSI 1.1 documents, generated from the tables that the code runs on.
//
// The module passes in what this floor must not know: the functions of ADQL, the limits, the state.
// Sources: VOSI 1.1, TAPRegExt 1.0, VODataService 1.2, TAP 1.1 §2.4.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/sink.h"
#include "schema/catalog.h"

namespace vo::schema {

// One language feature of TAPRegExt 1.0 §2.1.
struct Feature {
    std::string_view type;  // ivo://ivoa.net/std/TAPRegExt#features-...
    std::string_view form;
    std::string_view description;
};

// The limits of one way to ask: TAPRegExt 1.1 §2.3, forMode.
struct ModeLimits {
    std::string_view mode;  // "sync" or "async"; empty: of both, as TAPRegExt 1.0 knows it
    std::int64_t seconds_default = 0;
    std::int64_t seconds_hard = 0;
    std::int64_t maxrec_default = 0;
    std::int64_t maxrec_hard = 0;
    // From the creation of a job to its destruction; 0: there are no jobs.
    std::int64_t keep_default_s = 0;
    std::int64_t keep_hard_s = 0;
};

struct ServiceDescription {
    std::string base_url;  // of the site, without a final slash
    std::vector<ModeLimits> limits;
    std::int64_t max_upload_bytes = 0;  // 0: no uploads
    std::vector<Feature> features;
    bool has_examples = false;
    bool has_obscore = false;
};

void write_capabilities(Sink& sink, const ServiceDescription& service);

// The whole tableset; with `columns` false only names and descriptions (detail=min).
void write_tableset(Sink& sink, const Catalog& catalog, bool columns);
void write_table(Sink& sink, const Catalog& catalog, const Table& table, bool columns);

struct Availability {
    bool available = true;
    std::string up_since;            // UTC, with Z
    std::vector<std::string> notes;  // one for each part that is not well
};

void write_availability(Sink& sink, const Availability& state);

}  // namespace vo::schema
