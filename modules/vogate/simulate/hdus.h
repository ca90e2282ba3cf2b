// SPDX-License-Identifier: Apache-2.0
// The files of the release, in the data formats for gamma-ray astronomy (GADF) 0.3: one file for
// each run with EVENTS, GTI, AEFF, EDISP, PSF and BKG, and the two index files.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "fits_writer.h"
#include "observation.h"

namespace vo::vogate::simulate {

// TELESCOP, by which the archive names the collection.
constexpr const char* kTelescope = "VOGATE-SIM";
constexpr const char* kInstrument = "SIMULATED-ARRAY";
constexpr const char* kOrigin = "Vogate simulation, not an observation";
// Of the release, not of the day it is written on: the same seed gives the same bytes.
constexpr const char* kDate = "2026-11-01T00:00:00";

[[nodiscard]] std::string run_file_name(const Run& run);

void write_event_hdus(FitsWriter& file, const Observation& run);
void write_response_hdus(FitsWriter& file, const Observation& run);

void write_run_file(const std::string& path, const Observation& run);
void write_observation_index(const std::string& path, std::span<const Observation> runs);
void write_hdu_index(const std::string& path, std::span<const Observation> runs);

// HDUCLASS and its like.
void set_class(FitsWriter& file, std::initializer_list<const char*> classes);
// Where mission times count from.
void set_time_reference(FitsWriter& file);
void set_site(FitsWriter& file);

}  // namespace vo::vogate::simulate
