// SPDX-License-Identifier: Apache-2.0
// Fields that end with NUL, and what has to be true of each.
#include "orders.h"

#include <array>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/text.h"
#include "base/unicode.h"

namespace vo::worker {

namespace {

constexpr std::string_view kVersion = "vogate-shepherd 1";
constexpr std::string_view kProgressVariable = "VOGATE_PROGRESS_FD=3";
// MAX_ARG_STRLEN of Linux, with its NUL.
constexpr std::size_t kMostArgument = 131'072;
// What a string of either vector costs beside its bytes: a pointer and a NUL.
constexpr std::size_t kPerString = 9;

using End = ProcessEnd::How;

constexpr std::int64_t kMostMegabytes = 1'000'000'000;

struct Number {
    std::string_view name;
    std::int64_t ProcessPlan::*value;
    std::int64_t least;
    std::int64_t most;
};

constexpr std::array kNumbers{
    Number{"memory_mb", &ProcessPlan::memory_mb, 0, kMostMegabytes},
    Number{"disk_mb", &ProcessPlan::disk_mb, 0, kMostMegabytes},
    // The end of each file is in memory until it is known to be the end.
    Number{"log_bytes", &ProcessPlan::log_bytes, 4096, 256'000'000},
    Number{"processes", &ProcessPlan::processes, 1, 100'000},
    Number{"open_files", &ProcessPlan::open_files, 8, 1'000'000},
    Number{"nice", &ProcessPlan::nice, 0, 19},
};

struct Text {
    std::string_view name;
    std::string ProcessPlan::*value;
};

constexpr std::array kTexts{
    Text{"work_dir", &ProcessPlan::work_dir},
    Text{"stdout_path", &ProcessPlan::stdout_path},
    Text{"stderr_path", &ProcessPlan::stderr_path},
    Text{"user", &ProcessPlan::user},
};

struct Vector {
    std::string_view name;
    std::vector<std::string> ProcessPlan::*value;
};

constexpr std::array kVectors{
    Vector{"argument", &ProcessPlan::command},
    Vector{"environment variable", &ProcessPlan::environment},
};

constexpr std::int64_t kMostGrace_ms = 3'600'000;

[[noreturn]] void refuse(const std::string& words) {
    throw Error(Code::BadRequest, words);
}

[[noreturn]] void broken(const std::string& what) {
    throw Error(Code::Internal, "what a worker and a shepherd say to each other is broken")
        .with_detail(what);
}

void append_field(std::string& out, std::string_view field) {
    out += field;
    out += '\0';
}

template <typename Value>
void append_value(std::string& out, Value value) {
    append_number(out, value);
    out += '\0';
}

class Fields {
  public:
    explicit Fields(std::string_view bytes) : rest_(bytes) {}

    std::string_view text() {
        const auto end = rest_.find('\0');
        if (end == std::string_view::npos) broken("a field has no end");
        const auto field = rest_.substr(0, end);
        rest_.remove_prefix(end + 1);
        return field;
    }

    std::int64_t number(std::int64_t least, std::int64_t most) {
        const auto field = text();
        const auto value = parse_integer(field);
        if (!value || *value < least || *value > most)
            broken("no number in its range: " + std::string(field));
        return *value;
    }

    double real(double most) {
        const auto field = text();
        const auto value = parse_double(field);
        if (!value || !std::isfinite(*value) || *value < 0 || *value > most)
            broken("no number in its range: " + std::string(field));
        return *value;
    }

    void end() const {
        if (!rest_.empty()) broken("bytes after the last field");
    }

  private:
    std::string_view rest_;
};

bool is_below(std::string_view path, std::string_view folder) {
    while (folder.ends_with('/'))
        folder.remove_suffix(1);
    return path.starts_with(folder) && path.substr(folder.size()).starts_with('/');
}

void check_vectors(const ProcessPlan& plan) {
    std::size_t bytes = 0;
    for (const auto& vector : kVectors) {
        std::size_t count = 0;
        for (const auto& text : plan.*vector.value) {
            const auto name = [&] {
                return std::string(vector.name) + ' ' + std::to_string(count);
            };
            if (text.find('\0') != std::string::npos)
                refuse(name() +
                       " of the program contains a NUL character, which no program can be given");
            if (text.size() >= kMostArgument)
                refuse(name() + " of the program has " + std::to_string(text.size()) +
                       " bytes and the system allows " + std::to_string(kMostArgument - 1) +
                       "; such a value has to be a file");
            if (&vector == &kVectors[1] &&
                (text.find('=') == std::string::npos || text.front() == '='))
                refuse(name() + " of the program is not of the form NAME=value");
            bytes += text.size() + kPerString;
            ++count;
        }
    }
    if (bytes > kMostPlan)
        refuse("all arguments of the program together have " + std::to_string(bytes) +
               " bytes and " + std::to_string(kMostPlan) +
               " are allowed; long values have to be files");
}

void check(const ProcessPlan& plan) {
    if (plan.command.empty() || !plan.command.front().starts_with('/'))
        refuse("the program has to be named by its absolute path");
    check_vectors(plan);
    for (const auto& text : kTexts) {
        if ((plan.*text.value).find('\0') != std::string::npos || (plan.*text.value).size() >= 4096)
            refuse(std::string(text.name) +
                   " of a program contains a NUL character, or is too long");
        if (text.value != &ProcessPlan::user && !(plan.*text.value).starts_with('/'))
            refuse(std::string(text.name) + " of a program has to be an absolute path");
    }
    for (const auto& path : {plan.stdout_path, plan.stderr_path})
        if (is_below(path, plan.work_dir))
            refuse(
                "the output of a program would lie in its work_dir, where it could put another "
                "file in its place");
    for (const auto& number : kNumbers)
        if (plan.*number.value < number.least || plan.*number.value > number.most)
            refuse(std::string(number.name) + " of a program is " +
                   std::to_string(plan.*number.value) + ", and has to be from " +
                   std::to_string(number.least) + " to " + std::to_string(number.most));
    if (plan.grace.count() < 0 || plan.grace.count() > kMostGrace_ms)
        refuse("grace of a program is above an hour");
}

}  // namespace

std::string write_plan(const ProcessPlan& plan) {
    check(plan);
    std::string out;
    append_field(out, kVersion);
    for (const auto& text : kTexts)
        append_field(out, plan.*text.value);
    for (const auto& number : kNumbers)
        append_value(out, plan.*number.value);
    append_value(out, std::int64_t{plan.grace.count()});
    for (const auto& vector : kVectors) {
        const bool is_environment = &vector == &kVectors[1];
        append_value(
            out, static_cast<std::int64_t>((plan.*vector.value).size()) + (is_environment ? 1 : 0));
        for (const auto& text : plan.*vector.value)
            append_field(out, text);
        if (is_environment) append_field(out, kProgressVariable);
    }
    return out;
}

ProcessPlan read_plan(std::string_view bytes) {
    ProcessPlan plan;
    Fields fields(bytes);
    if (fields.text() != kVersion) broken("worker and shepherd are of different versions");
    for (const auto& text : kTexts)
        plan.*text.value = fields.text();
    for (const auto& number : kNumbers)
        plan.*number.value = fields.number(number.least, number.most);
    plan.grace = std::chrono::milliseconds(fields.number(0, kMostGrace_ms));
    for (const auto& vector : kVectors) {
        const auto count = fields.number(0, static_cast<std::int64_t>(bytes.size()));
        for (std::int64_t i = 0; i < count; ++i)
            (plan.*vector.value).emplace_back(fields.text());
    }
    fields.end();
    try {
        check(plan);
    } catch (const Error& error) {
        // A worker has checked it before; it is not the user's fault.
        broken(error.what());
    }
    return plan;
}

std::string write_announcement(std::size_t plan_bytes) {
    std::string out;
    append_field(out, "plan");
    append_value(out, static_cast<std::int64_t>(plan_bytes));
    return out;
}

std::size_t read_announcement(std::string_view packet) {
    Fields fields(packet);
    if (fields.text() != "plan") broken("the first packet announces no plan");
    // The vectors are bounded, and the rest is small.
    const auto bytes = fields.number(1, 2 * std::int64_t{kMostPlan});
    fields.end();
    return static_cast<std::size_t>(bytes);
}

std::string clean_words(std::string_view text, std::size_t bytes) {
    std::string out;
    auto rest = cut_text(trim(text), bytes);
    while (!rest.empty() && out.size() < bytes) {
        const auto c = take_utf8(rest);
        const bool is_control = c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029;
        append_utf8(out, is_control ? U' ' : (c & 0xFFFEU) == 0xFFFEU ? U'\uFFFD' : c);
    }
    return std::string(trim(cut_text(out, bytes)));
}

std::string write_report(const Report& report) {
    std::string out;
    if (const auto* progress = std::get_if<Progress>(&report)) {
        append_field(out, "progress");
        append_value(out, progress->percent.value_or(0));
        append_field(out, clean_words(progress->words, kMostWords));
        return out;
    }
    const auto& end = std::get<ProcessEnd>(report);
    append_field(out, "end");
    append_value(out, static_cast<std::int64_t>(end.how));
    append_value(out, std::int64_t{end.status});
    append_field(out, clean_words(end.words, kMostPacket / 2));
    append_value(out, end.peak_memory_bytes);
    append_value(out, end.cpu_s);
    append_value(out, end.wall_s);
    return out;
}

Report read_report(std::string_view packet) {
    Fields fields(packet);
    const auto kind = fields.text();
    if (kind == "progress") {
        Progress progress;
        progress.percent = fields.real(100);
        progress.words = fields.text();
        fields.end();
        if (progress.words.size() > kMostWords ||
            find_bad_utf8(progress.words) != std::string_view::npos)
            broken("words that are too long, or are not UTF-8");
        return progress;
    }
    if (kind != "end") broken("an unknown report");
    ProcessEnd end;
    end.how = static_cast<End>(fields.number(0, static_cast<std::int64_t>(End::Lost)));
    end.status = static_cast<int>(fields.number(0, std::numeric_limits<int>::max()));
    end.words = fields.text();
    end.peak_memory_bytes = fields.number(0, std::numeric_limits<std::int64_t>::max());
    end.cpu_s = fields.real(1e12);
    end.wall_s = fields.real(1e12);
    fields.end();
    if (find_bad_utf8(end.words) != std::string_view::npos) broken("words that are not UTF-8");
    return end;
}

}  // namespace vo::worker
