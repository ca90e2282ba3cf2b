// SPDX-License-Identifier: Apache-2.0
// Reading hdu-index and obs-index.
#include "index.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "fits/fits_file.h"

namespace vo::vogate::ingest {

namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 2> kHduIndex{"hdu-index.fits", "hdu-index.fits.gz"};
constexpr std::array<std::string_view, 2> kObsIndex{"obs-index.fits", "obs-index.fits.gz"};

// What a run's own header often lacks. Times are left out: they count from the index's own
// reference, and every event list has its own.
constexpr std::array<std::string_view, 16> kRowColumns{
    "ALT_PNT", "AZ_PNT",   "DEADC",  "DEC_OBJ", "DEC_PNT", "LIVETIME", "MUONEFF", "N_TELS",
    "OBJECT",  "OBS_MODE", "ONTIME", "RA_OBJ",  "RA_PNT",  "TELLIST",  "ZEN_PNT", "EV_CLASS"};

template <typename Names>
std::optional<std::string> find_in(const std::string& directory, const Names& names) {
    for (const auto name : names) {
        std::error_code ignored;
        const auto path = fs::path(directory) / name;
        if (fs::is_regular_file(path, ignored)) return path.string();
    }
    return std::nullopt;
}

const fits::Hdu& get_index_hdu(const fits::File& file, std::string_view extname) {
    if (const auto* named = file.find_hdu(extname)) return *named;
    for (const auto& hdu : file.hdus())
        if (hdu.is_table) return hdu;
    throw Error(Code::BadRequest, file.name() + " holds no table");
}

std::vector<std::string> read_texts(fits::Table& table, std::string_view name) {
    const auto* column = table.find_column(name);
    if (column == nullptr)
        return std::vector<std::string>(static_cast<std::size_t>(table.hdu().rows));
    return table.read_text(*column);
}

std::vector<std::string> read_required(fits::Table& table, std::string_view name) {
    return table.read_text(table.get_column(name));
}

// FILE_DIR is relative to the index (or to BASE_DIR). Archives are moved about, and their FILE_DIR
// stays behind: then the file may lie beside the index.
HduLink resolve(HduLink link,
                const fs::path& base,
                const std::string& dir,
                const std::string& name) {
    std::error_code failed;
    for (const auto& candidate : {base / dir / name, base / name}) {
        if (!fs::is_regular_file(candidate, failed)) continue;
        const auto canonical = fs::canonical(candidate, failed);
        link.path = failed ? candidate.string() : canonical.string();
        return link;
    }
    link.present = false;
    link.path = (base / dir / name).lexically_normal().string();
    return link;
}

void read_hdu_index(const std::string& path, Index& index) {
    fits::File file(path);
    fits::Table table(file, get_index_hdu(file, "HDU_INDEX"));
    const auto obs_ids = read_required(table, "OBS_ID");
    const auto types = read_required(table, "HDU_TYPE");
    const auto classes = read_texts(table, "HDU_CLASS");
    const auto dirs = read_texts(table, "FILE_DIR");
    const auto names = read_required(table, "FILE_NAME");
    const auto hdu_names = read_required(table, "HDU_NAME");
    fs::path base = fs::path(path).parent_path();
    if (const auto base_dir = table.hdu().header.find_text("BASE_DIR")) base /= *base_dir;
    std::map<std::string, std::size_t> position;
    for (std::size_t i = 0; i < obs_ids.size(); ++i) {
        const auto [found, is_new] = position.emplace(obs_ids[i], index.runs.size());
        if (is_new) {
            index.runs.emplace_back();
            index.runs.back().obs_id = obs_ids[i];
        }
        HduLink link{to_lower(types[i]), to_lower(classes[i]), hdu_names[i], {}, true};
        index.runs[found->second].hdus.push_back(resolve(std::move(link), base, dirs[i], names[i]));
    }
}

void read_obs_index(const std::string& path, Index& index, bool hdus_known) {
    fits::File file(path);
    fits::Table table(file, get_index_hdu(file, "OBS_INDEX"));
    std::map<std::string, std::size_t> position;
    for (std::size_t i = 0; i < index.runs.size(); ++i)
        position.emplace(index.runs[i].obs_id, i);
    const auto obs_ids = read_required(table, "OBS_ID");
    for (const auto& id : obs_ids) {
        if (hdus_known || !position.emplace(id, index.runs.size()).second) continue;
        index.runs.emplace_back();
        index.runs.back().obs_id = id;
    }
    for (const auto name : kRowColumns) {
        const auto* column = table.find_column(name);
        if (column == nullptr || column->repeat != 1) continue;
        if (column->kind == fits::Column::Kind::Text) {
            const auto texts = table.read_text(*column);
            for (std::size_t i = 0; i < texts.size(); ++i)
                if (const auto run = position.find(obs_ids[i]); run != position.end())
                    index.runs[run->second].row.add(name, texts[i]);
        } else if (column->kind == fits::Column::Kind::Number) {
            std::vector<double> numbers(obs_ids.size());
            table.read(*column, 0, numbers);
            for (std::size_t i = 0; i < numbers.size(); ++i) {
                std::string text;
                append_number(text, numbers[i]);
                if (const auto run = position.find(obs_ids[i]); run != position.end())
                    index.runs[run->second].row.add(name, text);
            }
        }
    }
}

}  // namespace

bool is_index_name(std::string_view file_name) {
    const auto is = [&](std::string_view name) { return equal_fold(name, file_name); };
    return std::any_of(kHduIndex.begin(), kHduIndex.end(), is) ||
           std::any_of(kObsIndex.begin(), kObsIndex.end(), is);
}

bool has_index(const std::string& directory) {
    return find_in(directory, kHduIndex) || find_in(directory, kObsIndex);
}

Index read_index(const std::string& directory) {
    Index index;
    const auto hdus = find_in(directory, kHduIndex);
    const auto observations = find_in(directory, kObsIndex);
    if (hdus) {
        index.path = *hdus;
        read_hdu_index(*hdus, index);
    }
    if (observations) {
        if (!hdus) index.path = *observations;
        read_obs_index(*observations, index, hdus.has_value());
    }
    return index;
}

}  // namespace vo::vogate::ingest
