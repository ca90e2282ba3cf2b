// SPDX-License-Identifier: Apache-2.0
// Lines, bar and summary.
#include "report.h"

#include <array>
#include <filesystem>
#include <iostream>

namespace vo::vogate::ingest {

namespace {

constexpr std::size_t kBarWidth = 30;

struct ChangeRow {
    Change change;
    std::string_view done;
    std::string_view would;
};

constexpr std::array kChanges{
    ChangeRow{Change::New, "ingested", "would ingest"},
    ChangeRow{Change::Replaced, "replaced", "would replace"},
    ChangeRow{Change::Moved, "moved", "would move"},
    ChangeRow{Change::Unchanged, "unchanged", "unchanged"},
};

std::string name_of(const std::string& path) {
    return std::filesystem::path(path).filename().string();
}

std::string count(std::size_t number, std::string_view one, std::string_view many) {
    return std::to_string(number) + " " + std::string(number == 1 ? one : many);
}

}  // namespace

Report::Report(std::ostream& out, std::size_t files, bool with_bar, bool dry_run)
    : out_(out), files_(files), with_bar_(with_bar), dry_run_(dry_run) {}

Report::~Report() {
    clear_bar();
}

void Report::clear_bar() {
    if (with_bar_ && begun_ > 0) std::cerr << "\r\033[K" << std::flush;
}

void Report::line(const std::string& text) {
    clear_bar();
    // A line as soon as it is true: an ingest may take hours.
    out_ << text << std::endl;
}

void Report::begin(const std::string& path) {
    if (with_bar_) {
        const auto full = files_ == 0 ? kBarWidth : begun_ * kBarWidth / files_;
        std::cerr << "\r\033[K[" << std::string(full, '#') << std::string(kBarWidth - full, '.')
                  << "] " << begun_ + 1 << "/" << files_ << "  " << name_of(path).substr(0, 40)
                  << std::flush;
    }
    ++begun_;
}

void Report::done(const Task& task, const Outcome& outcome) {
    const auto name = name_of(task.path);
    if (!outcome.is_event_list) {
        if (task.asked_for || task.named_by_index)
            return refused(task.path, "holds no event list", "");
        ++no_lists_;
        return;
    }
    for (const auto& run : outcome.runs) {
        switch (run.change) {
            case Change::New: ++new_; break;
            case Change::Replaced: ++replaced_; break;
            case Change::Moved: ++moved_; break;
            case Change::Unchanged: ++unchanged_; break;
        }
        if (run.change == Change::New || run.change == Change::Replaced) events_ += run.events;
        std::string_view word;
        for (const auto& row : kChanges)
            if (row.change == run.change) word = dry_run_ ? row.would : row.done;
        std::string text = std::string(word) + "  " + run.collection + " " + run.obs_id + "  " +
                           std::to_string(run.events) + " events  " + name;
        if (!with_bar_) line(text);
        for (const auto& remark : run.remarks)
            line((with_bar_ ? run.collection + " " + run.obs_id + ": " : "    note: ") + remark);
    }
}

void Report::refused(const std::string& path,
                     const std::string& reason,
                     const std::string& detail) {
    ++refused_;
    refusals_.push_back(path + ": " + reason);
    line("refused  " + path);
    line("    " + reason);
    if (!detail.empty()) line("    " + detail);
}

void Report::waiting(const std::string& collection) {
    line("waiting: another ingest of the collection " + collection + " is running");
}

int Report::finish(const std::vector<IndexSummary>& indexes) {
    clear_bar();
    with_bar_ = false;
    out_ << (dry_run_ ? "Summary (dry run, nothing was changed): " : "Summary: ")
         << count(new_, "run ", "runs ") << (dry_run_ ? "to ingest, " : "ingested, ") << replaced_
         << (dry_run_ ? " to replace, " : " replaced, ");
    if (moved_ > 0) out_ << moved_ << (dry_run_ ? " to move, " : " moved, ");
    out_ << unchanged_ << " unchanged, " << refused_ << " refused; " << events_ << " events"
         << (dry_run_ ? " read.\n" : " loaded.\n");
    std::size_t absent = 0;
    for (const auto& index : indexes) {
        absent += index.missing.size();
        out_ << "  " << index.path << " lists " << count(index.runs, "run", "runs") << "; "
             << count(index.missing.size(), "file is", "files are") << " not on this disk"
             << (index.missing.empty() ? "." : ":") << '\n';
        for (const auto& path : index.missing)
            out_ << "    absent: " << name_of(path) << '\n';
    }
    if (indexes.size() > 1)
        out_ << "  In all " << count(absent, "listed file is", "listed files are")
             << " not on this disk.\n";
    if (no_lists_ > 0)
        out_ << "  " << count(no_lists_, "FITS file holds", "FITS files hold")
             << " no event list and no index names it; passed over.\n";
    if (refused_ > 0 && begun_ > 20) {
        // Far above on the screen by now.
        out_ << "  Refused:\n";
        for (const auto& refusal : refusals_)
            out_ << "    " << refusal << '\n';
    }
    const auto good = new_ + replaced_ + moved_ + unchanged_;
    if (good == 0) out_ << "Nothing was done: no event list could be read.\n";
    out_.flush();
    if (good == 0) return kNothingDone;
    return refused_ > 0 ? kSomeRefused : kAllWell;
}

}  // namespace vo::vogate::ingest
