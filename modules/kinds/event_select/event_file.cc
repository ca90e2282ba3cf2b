// SPDX-License-Identifier: Apache-2.0
// Opening, looking through all headers once, choosing.
#include "event_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "fits/inflate.h"
#include "fits/table_header.h"
#include "obscore/gadf.h"

namespace vo::kinds {

namespace {

// Bounds against files made to hurt; real event lists are far below both.
constexpr std::size_t kMostInflatedBytes = std::size_t{64} << 30U;
constexpr std::size_t kMostRowBytes = std::size_t{16} << 20U;

constexpr auto kFitsBlock = static_cast<std::int64_t>(fits::kBlock);
constexpr std::size_t kBlockBytes = std::size_t{2} << 20U;
constexpr std::size_t kMostName = 68;  // what fits into one card

std::string short_text(const fits::Header& header, std::string_view keyword) {
    return std::string(cut_text(header.find_text(keyword).value_or(""), kMostName));
}

bool is_event_list(const fits::RawHdu& hdu, std::string_view kind) {
    return kind == "events" || (hdu.is_table() && kind.empty() &&
                                equal_fold(hdu.header.find_text("EXTNAME").value_or(""), "EVENTS"));
}

// OBS_ID in its plainest form: '000123' is 123.
std::string obs_id_of(const fits::Header& header) {
    if (const auto number = header.find_integer("OBS_ID")) return std::to_string(*number);
    return short_text(header, "OBS_ID");
}

// The table that the data subspace keywords name as that of the times: ":GTI".
std::string gti_name_of(const fits::Header& events) {
    constexpr int kMostTerms = 99;
    for (int n = 1; n <= kMostTerms; ++n) {
        const auto number = std::to_string(n);
        const auto type = events.find_text("DSTYP" + number).value_or("");
        const auto value = events.find_text("DSVAL" + number).value_or("");
        if (!equal_fold(type, "TIME") || !equal_fold(value, "TABLE")) continue;
        const auto reference = short_text(events, "DSREF" + number);
        return reference.substr(reference.rfind(':') + 1);
    }
    return {};
}

}  // namespace

EventFile::EventFile(const std::string& path, const std::string& scratch_folder)
    : name_(fits::clean_text(std::filesystem::path(path).filename().string())) {
    open(path, scratch_folder);
    walk();
}

void EventFile::open(const std::string& path, const std::string& scratch_folder) {
    const auto fail = [&](const std::string& words) {
        throw Error(Code::BadRequest, name_ + ' ' + words);
    };
    // A pipe would be waited for.
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) fail(std::string("cannot be opened: ") + std::strerror(errno));

    struct stat status {};

    if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
        ::close(descriptor);
        fail("is no file; a FITS file is needed");
    }
    file_ = ScratchFile::adopt(descriptor, "the event list");
    if (status.st_size == 0) fail("is empty; a FITS file is needed");
    std::array<char, 2> start{};
    const auto magic = file_.read(0, start);
    if (magic == "\x1f\x8b") {
        ScratchFile unpacked(scratch_folder, "the unpacked event list");
        fits::inflate_file(path, kMostInflatedBytes, unpacked);
        file_ = std::move(unpacked);
    }
    descriptor_ = file_.descriptor();
}

void EventFile::walk() {
    std::optional<std::size_t> events;
    std::vector<Candidate> candidates;
    const auto take = [&](fits::RawHdu& hdu) {
        const auto kind = hdu.is_table() ? obscore::kind_of(hdu.header) : std::string_view();
        if (is_event_list(hdu, kind)) {
            ++lists_;
            if (!events) events = places_.size();
        }
        if (kind == "gti")
            candidates.push_back({places_.size(), obs_id_of(hdu.header),
                                  hdu.header.find_integer("EXTVER").value_or(1)});
        const auto blocks = (hdu.data_end - hdu.data_start + kFitsBlock - 1) / kFitsBlock;
        places_.push_back({static_cast<int>(places_.size()) + 1, short_text(hdu.header, "EXTNAME"),
                           hdu.header_start, hdu.data_start, hdu.data_end,
                           std::min(hdu.data_start + blocks * kFitsBlock, file_.size())});
        return true;
    };
    std::int64_t end = 0;
    try {
        end = fits::for_each_hdu(descriptor_, take);
    } catch (const Error& error) {
        // Caught to say which file it is.
        throw Error(error.code(), name_ + ": " + error.what()).with_detail(error.detail());
    }
    check_tail(end);
    if (!events)
        throw Error(Code::BadRequest,
                    name_ + " has no event list among its " + std::to_string(places_.size()) +
                        " HDUs; GADF has a table with HDUCLAS1 = 'EVENTS', or named EVENTS");
    events_ = *events;
    choose_gti(candidates);
}

// After the last HDU only what fills up may follow: anything else is an HDU that was damaged.
void EventFile::check_tail(std::int64_t end) const {
    if (file_.size() <= end) return;
    std::string rest(static_cast<std::size_t>(std::min(file_.size() - end, kFitsBlock)), '\0');
    fits::read_bytes(descriptor_, end, rest);
    if (rest.find_first_not_of(std::string_view("\0 ", 2)) != std::string::npos)
        throw Error(Code::BadRequest, name_ + " is truncated or corrupt: what follows HDU " +
                                          std::to_string(places_.size()) + " is no HDU");
}

// The one that is named; else of those that do not name another run, the one with the same EXTVER,
// else the first.
void EventFile::choose_gti(const std::vector<Candidate>& candidates) {
    const auto header = read_header(events()).header;
    const auto name = gti_name_of(header);
    const auto obs_id = obs_id_of(header);
    const auto version = header.find_integer("EXTVER").value_or(1);
    const auto rank = [&](const Candidate& one) {
        return (!name.empty() && equal_fold(places_[one.place].name, name) ? 4 : 0) +
               (!one.obs_id.empty() && one.obs_id == obs_id ? 2 : 0) +
               (one.version == version ? 1 : 0);
    };
    const Candidate* best = nullptr;
    for (const auto& one : candidates) {
        if (!one.obs_id.empty() && !obs_id.empty() && one.obs_id != obs_id) continue;
        if (best == nullptr || rank(one) > rank(*best)) best = &one;
    }
    if (best == nullptr)
        throw Error(Code::BadRequest,
                    label(events()) + " has no good time intervals" +
                        (candidates.empty() ? "" : " of its OBS_ID") +
                        "; GADF has a table with HDUCLAS1 = 'GTI', or named GTI, in the same file");
    gti_ = best->place;
}

std::string EventFile::label(const Place& place) const {
    const auto number = "HDU " + std::to_string(place.number);
    return name_ + ", " + (place.name.empty() ? number : place.name + " (" + number + ')');
}

fits::RawHdu EventFile::read_header(const Place& place) const {
    return fits::read_hdu(descriptor_, place.header_start);
}

fits::RowLayout EventFile::read_layout(const Place& place, const fits::RawHdu& hdu) const {
    return fits::read_row_layout(hdu, label(place), kMostRowBytes);
}

void EventFile::for_each_rows(
    const fits::RawHdu& hdu,
    const fits::RowLayout& layout,
    const std::function<void(char* rows, std::size_t count)>& take) const {
    const auto row_bytes = std::max<std::size_t>(layout.row_bytes, 1);
    const auto most = static_cast<std::int64_t>(std::max<std::size_t>(kBlockBytes / row_bytes, 1));
    std::string block;
    for (std::int64_t row = 0; row < layout.rows; row += most) {
        const auto count = static_cast<std::size_t>(std::min(most, layout.rows - row));
        block.resize(count * layout.row_bytes);
        fits::read_bytes(descriptor_,
                         hdu.data_start + row * static_cast<std::int64_t>(layout.row_bytes), block);
        take(block.data(), count);
    }
}

void EventFile::for_each_bytes(std::int64_t from,
                               std::int64_t to,
                               const std::function<void(std::string_view bytes)>& take) const {
    std::string block;
    while (from < to) {
        block.resize(static_cast<std::size_t>(std::min<std::int64_t>(to - from, kBlockBytes)));
        fits::read_bytes(descriptor_, from, block);
        take(block);
        from += static_cast<std::int64_t>(block.size());
    }
}

}  // namespace vo::kinds
