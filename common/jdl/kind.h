// SPDX-License-Identifier: Apache-2.0
// A kind of job, described once: what ProvenanceDM 1.0 §2.5-2.7 calls an ActivityDescription with
// its parameters, usages and generations, and how this site runs it. doc/kinds.md has the format.
//
//     const auto shelf = jdl::read_kinds(config.kinds_dir, jdl::make_site(config));
//     const auto& kind = *shelf.kinds.at("event-select");
//     jdl::check_value(kind, "radius", "0.5");           // throws when it is wrong by itself
//     const auto fault = jdl::find_fault(kind, given);   // what keeps it from RUN; empty: nothing
//     const auto words = jdl::make_command(kind, values_of, job_json_path);  // for execve
//
// A kind that was read is true: its program is there, its defaults are within their ranges, all
// that it declares is used. What a description has wrong is an Error(BadRequest) "PATH:LINE: what
// is wrong; what would be right", for the administrator: it names paths of the site.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/config.h"
#include "base/error.h"
#include "base/sink.h"

namespace vo::jdl {

// The file with all values that a command gets by {job}, in the job's folder.
inline constexpr std::string_view kJobFile = "job.json";

// How many values a parameter or input takes, or how many files a result may be.
struct Multiplicity {
    std::int64_t least = 1;
    std::optional<std::int64_t> most = 1;  // nothing: any number

    [[nodiscard]] bool holds(std::int64_t count) const {
        return count >= least && (!most || count <= *most);
    }

    // As it is written in a description.
    [[nodiscard]] std::string text() const;
    bool operator==(const Multiplicity&) const = default;
};

// The datatypes of VOTable 1.4 §2.1 that a parameter may have; a Char is a text.
enum class Type { Boolean, Short, Int, Long, Float, Double, Char };

// "double"
[[nodiscard]] std::string_view word_of(Type type);

struct Parameter {
    std::string name;
    Type type = Type::Char;
    std::string xtype;
    std::int64_t most_characters = 0;  // of a Char
    std::string unit;
    std::string ucd;
    std::string utype;
    std::string min;  // as written, valid values of the type, or empty
    std::string max;
    std::vector<std::string> options;
    std::string default_value;  // empty: none
    Multiplicity multiplicity;
    std::string description;

    // A client must give it.
    [[nodiscard]] bool required() const { return multiplicity.least > 0 && default_value.empty(); }

    bool operator==(const Parameter&) const = default;
};

// Where the file of an input may come from: the request, an address, the obs_publisher_did of a
// dataset of this site, a result of an earlier job.
enum class Origin { Upload, Url, Did, Result };

[[nodiscard]] std::string_view word_of(Origin origin);

struct Input {
    std::string name;
    std::vector<std::string> content_types;  // empty: any
    std::vector<Origin> origins;             // never empty
    std::int64_t max_mb = 0;                 // 0: what the site allows
    Multiplicity multiplicity;
    std::string description;

    [[nodiscard]] bool takes(Origin origin) const;

    bool operator==(const Input&) const = default;
};

struct Result {
    std::string id;
    std::string content_type;
    // A name or a glob (* ? [...], none of which is "/") relative to the job's folder.
    std::string file;
    Multiplicity multiplicity;
    std::string description;

    bool operator==(const Result&) const = default;
};

struct Kind {
    std::string name;
    std::string version;
    std::string title;
    std::string description;
    std::string type;  // ActivityDescription.type and subtype, words of the administrator's choice
    std::string subtype;
    std::string documentation;
    std::string contact_name;
    std::string contact_email;
    std::string executor;
    std::string partition;
    std::int64_t time_s = 0;       // executionDuration when none is asked for
    std::int64_t time_hard_s = 0;  // the most that may be asked for
    std::int64_t memory_mb = 0;
    std::int64_t disk_mb = 0;
    std::int64_t cores = 0;
    std::vector<Parameter> parameters;
    std::vector<Input> inputs;
    std::vector<Result> results;

    // Never shown to clients.
    std::string folder;                    // of the description, absolute
    std::string program;                   // the first word of the command, found: an absolute path
    std::vector<std::string> command;      // as written, its words apart
    std::vector<std::string> environment;  // NAME=value
    std::string text;                      // the description as it is
    std::string digest;                    // its SHA-256 in hexadecimal

    // By name, whatever its case; nullptr when there is none.
    [[nodiscard]] const Parameter* find_parameter(std::string_view wanted) const;
    [[nodiscard]] const Input* find_input(std::string_view wanted) const;

    bool operator==(const Kind&) const = default;
};

// What a description is held against.
struct Site {
    std::vector<std::string> program_dirs;  // where a program without a path is looked for
    std::vector<std::string> executors;
};

[[nodiscard]] Site make_site(const Config& config);

// Whether it may be the name of a kind: [a-z][a-z0-9-]{0,39}, and no word that /uws/ has for
// itself.
[[nodiscard]] bool is_kind_name(std::string_view name);

[[nodiscard]] Kind read_kind(const std::string& path, const Site& site);
// `folder` is what {kind_dir} stands for; `shown_path` stands in the messages.
[[nodiscard]] Kind parse_kind(std::string_view name,
                              std::string_view text,
                              const std::string& folder,
                              const std::string& shown_path,
                              const Site& site);

struct Shelf {
    std::map<std::string, std::shared_ptr<const Kind>, std::less<>> kinds;
    std::vector<Error> refused;
};

// All NAME.job of the folder: a bad one is refused while the others stay. A folder that cannot be
// read is the one refusal.
[[nodiscard]] Shelf read_kinds(const std::string& folder, const Site& site);

// Where the worker puts the file of an input, relative to the job's folder: "inputs/events.fits",
// "inputs/events-2.fits" for the second of several; the ending is that of the content type. No
// result may have such a name: it would be a loop.
[[nodiscard]] std::string input_file(const Input& input, std::int64_t number);

// Whether a relative path is one that a Result::file stands for.
[[nodiscard]] bool matches_file(std::string_view pattern, std::string_view path);

// A value by itself: type, range, options, length. Of an input the text is an address or an
// identifier, and must come from where the input may. BadRequest for clients, names what it got and
// what would be right. An unknown name is BadRequest with the nearest of the kind's.
void check_value(const Kind& kind, std::string_view name, std::string_view value);

using Given = std::vector<std::pair<std::string, std::string>>;

// What is missing or too many among names with values, inputs too, in words for clients; empty when
// the job can run. Names that the kind does not have are passed over.
[[nodiscard]] std::string find_fault(const Kind& kind, const Given& given);

// All values of a parameter, or paths of an input, in order; asked with the name as the kind has
// it.
using ValuesOf = std::function<std::vector<std::string>(std::string_view name)>;

// The argument vector; the first is Kind::program. A parameter without values has its default.
// REQUIRES: check_value of each value, and no find_fault.
[[nodiscard]] std::vector<std::string> make_command(const Kind& kind,
                                                    const ValuesOf& values_of,
                                                    const std::string& job_json_path);

// What is to be in the file of {job}, kJobFile: kind, version, and by name all values, each of its
// type, and paths of inputs; lists where there may be several. REQUIRES: as make_command.
void write_job_file(Sink& sink, const Kind& kind, const ValuesOf& values_of);

}  // namespace vo::jdl
