// SPDX-License-Identifier: Apache-2.0
// Output formats: one row of a table each, one Writer behind each row.
//
//     const Choice choice = choose_format(parameters.find_single("RESPONSEFORMAT"));
//     auto writer = choice.format->open(sink, table, scratch);     // writes the header
//     while (...) writer->row(row);
//     writer->end({Status::Overflow, "..."});
//
// Memory is one buffer of about 64 KiB, whatever the number of rows. FITS says the number of rows
// before the first of them, so that format keeps its rows in a file until the end. Source: DALI 1.1 §4.3.3, §5.4
// (QUERY_STATUS), VOTable 1.4 §4, §5, TAP 1.1 §2.7.3.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/cell.h"
#include "base/sink.h"
#include "table/table.h"

namespace vo::table {

enum class Status { Ok, Overflow, Failed };

struct Outcome {
    Status status = Status::Ok;
    std::string message;
};

// One of the three abstract classes of the project (the others are Sink and Reader).
class Writer {
  public:
    Writer() = default;
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    virtual ~Writer() = default;

    virtual void row(Row row) = 0;

    // Ends the document, saying the outcome in the format's own way. REQUIRES: not Failed where
    // Format::tells_failure is false; the caller must break the connection instead.
    virtual void end(const Outcome& outcome) = 0;
};

// What an error looks like to a client that asked for the format.
enum class ErrorForm { Html, Json, Text, Votable };

// Where a format that needs the end before the beginning may keep rows meanwhile.
struct Scratch {
    std::string folder = "/var/tmp";
    std::int64_t max_bytes = std::int64_t{4} << 30;
};

struct Format {
    std::string_view key;                           // also the first alias
    std::span<const std::string_view> media_types;  // the first is canonical
    std::span<const std::string_view> aliases;      // DALI's short names
    std::string_view extension;
    std::string_view label;
    std::string_view ivo_id;  // TAPRegExt's identifier of the format, may be empty
    ErrorForm error_form;
    bool tells_failure;  // the format has a place for an error after its first byte
    std::unique_ptr<Writer> (*open)(Sink& sink, const Table& table, const Scratch& scratch);
};

// In the order in which capabilities list them; the first is the default.
[[nodiscard]] std::span<const Format> formats();

struct Choice {
    const Format* format;
    // What Content-Type must say: the media type asked for, exactly, else the canonical one.
    std::string content_type;
};

// `wanted` is a media type or a short name, any case; empty is the default format.
[[nodiscard]] std::optional<Choice> find_format(std::string_view wanted);
// The same; anything unknown is a BadRequest that lists the known ones.
[[nodiscard]] Choice choose_format(std::string_view wanted);

// The best that an Accept header asks for; the default where it leaves that to us, or takes nothing
// that we have.
[[nodiscard]] Choice negotiate(std::string_view accept);

// The writers, for the table in format.cc.
std::unique_ptr<Writer> open_csv(Sink& sink, const Table& table, const Scratch& scratch);
std::unique_ptr<Writer> open_fits(Sink& sink, const Table& table, const Scratch& scratch);
std::unique_ptr<Writer> open_html(Sink& sink, const Table& table, const Scratch& scratch);
std::unique_ptr<Writer> open_json(Sink& sink, const Table& table, const Scratch& scratch);
std::unique_ptr<Writer> open_text(Sink& sink, const Table& table, const Scratch& scratch);
std::unique_ptr<Writer> open_tsv(Sink& sink, const Table& table, const Scratch& scratch);
std::unique_ptr<Writer> open_votable_binary(Sink& sink, const Table& table, const Scratch& scratch);
std::unique_ptr<Writer> open_votable_binary2(Sink& sink,
                                             const Table& table,
                                             const Scratch& scratch);
std::unique_ptr<Writer> open_votable_tabledata(Sink& sink,
                                               const Table& table,
                                               const Scratch& scratch);

}  // namespace vo::table
