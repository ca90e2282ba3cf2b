// SPDX-License-Identifier: Apache-2.0
// The file that is read: where its HDUs lie, which of them is the event list, and which the good
// time intervals of that list.
//
//     EventFile file(path, folder);                         // plain or gzipped
//     const auto hdu = file.read_header(file.events());
//     file.for_each_rows(hdu, layout, [&](char* rows, std::size_t count) { ... });
//
// All of it is checked before anything is written: what an HDU claims to have is there, and nothing
// is behind the last. One header at a time is in memory, and one block of rows, whatever the size.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/scratch.h"
#include "fits/hdus.h"
#include "fits/row_layout.h"

namespace vo::kinds {

struct Place {
    int number = 0;    // the primary HDU is 1
    std::string name;  // EXTNAME
    std::int64_t header_start = 0;
    std::int64_t data_start = 0;
    std::int64_t data_end = 0;
    std::int64_t end = 0;  // of its last block, or of the file before it
};

class EventFile {
  public:
    // A gzipped file is unpacked into a file without a name in the folder. Error(BadRequest) for
    // what is no event list with good time intervals.
    EventFile(const std::string& path, const std::string& scratch_folder);

    // The last part of the path.
    [[nodiscard]] const std::string& name() const { return name_; }

    [[nodiscard]] int descriptor() const { return descriptor_; }

    // Where the last HDU ends.
    [[nodiscard]] std::int64_t size() const { return places_.back().end; }

    [[nodiscard]] const std::vector<Place>& places() const { return places_; }

    [[nodiscard]] const Place& events() const { return places_[events_]; }

    [[nodiscard]] const Place& gti() const { return places_[gti_]; }

    // How many event lists the file has.
    [[nodiscard]] int lists() const { return lists_; }

    // "run.fits, EVENTS (HDU 2)": how messages name it.
    [[nodiscard]] std::string label(const Place& place) const;

    [[nodiscard]] fits::RawHdu read_header(const Place& place) const;
    [[nodiscard]] fits::RowLayout read_layout(const Place& place, const fits::RawHdu& hdu) const;

    // Blocks of rows, which `take` may change.
    void for_each_rows(const fits::RawHdu& hdu,
                       const fits::RowLayout& layout,
                       const std::function<void(char* rows, std::size_t count)>& take) const;
    // Blocks of bytes.
    void for_each_bytes(std::int64_t from,
                        std::int64_t to,
                        const std::function<void(std::string_view bytes)>& take) const;

  private:
    // What tells whose good time intervals they are.
    struct Candidate {
        std::size_t place = 0;
        std::string obs_id;
        std::int64_t version = 0;  // EXTVER
    };

    void open(const std::string& path, const std::string& scratch_folder);
    void walk();
    void check_tail(std::int64_t end) const;
    void choose_gti(const std::vector<Candidate>& candidates);

    std::string name_;
    ScratchFile file_{{}, "the event list"};
    int descriptor_ = -1;
    std::vector<Place> places_;
    std::size_t events_ = 0;
    std::size_t gti_ = 0;
    int lists_ = 0;
};

}  // namespace vo::kinds
