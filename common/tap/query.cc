// SPDX-License-Identifier: Apache-2.0
// Parameters -> plan -> rows -> writer.
#include "tap/query.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "adql/adql.h"
#include "base/log.h"
#include "base/text.h"
#include "table/cell.h"

namespace vo::tap {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::array<std::string_view, 3> kLanguages{"ADQL", "ADQL-2.0", "ADQL-2.1"};
constexpr std::size_t kRunIdBytes = 64;  // DALI 1.1 §4.3.6

void check_language(const http::Params& params) {
    const auto language = params.find_single("LANG");
    // TAP 1.1 wants LANG from the client; some clients leave it out, and there is one language.
    if (!language) return;
    for (const auto known : kLanguages)
        if (equal_fold(known, *language)) return;
    throw Error(Code::BadRequest, "unknown query language \"" + std::string(*language) +
                                      "\" in LANG; this service takes ADQL, ADQL-2.0 and ADQL-2.1");
}

std::int64_t read_maxrec(const http::Params& params, const QueryLimits& limits) {
    const auto text = params.find_single("MAXREC");
    if (!text || trim(*text).empty()) return limits.maxrec_default;
    const auto value = parse_integer(trim(*text));
    if (!value || *value < 0)
        throw Error(Code::BadRequest, "MAXREC must be a whole number that is not negative, not \"" +
                                          std::string(*text) + "\"");
    return std::min(*value, limits.maxrec_hard);
}

std::string_view read_format(const http::Params& params) {
    const auto format = params.find_single("RESPONSEFORMAT");
    const auto alias = params.find_single("FORMAT");
    if (format && alias && *format != *alias)
        throw Error(
            Code::BadRequest,
            "RESPONSEFORMAT and FORMAT mean the same and must not differ; give one of them");
    return format ? *format : alias.value_or("");
}

std::string read_query_text(const http::Params& params, const QueryLimits& limits) {
    const auto query = params.find_single("QUERY");
    if (!query || trim(*query).empty())
        throw Error(Code::BadRequest, "the parameter QUERY is missing: it holds the ADQL query");
    if (static_cast<std::int64_t>(query->size()) > limits.max_query_bytes)
        throw Error(Code::BadRequest, "the query is " + std::to_string(query->size()) +
                                          " bytes long; this service takes at most " +
                                          std::to_string(limits.max_query_bytes));
    return std::string(*query);
}

// 42xxx cannot be hidden: what the database sends must be what the header will promise.
void check_types(const std::vector<unsigned>& oids, const std::vector<table::Column>& columns) {
    bool same = oids.size() == columns.size();
    for (std::size_t i = 0; same && i < oids.size(); ++i)
        same = oids[i] == table::wire_oid(columns[i].type);
    if (same) return;
    std::string detail = "promised";
    for (const auto& column : columns)
        detail += " " + column.name + ":" + std::to_string(table::wire_oid(column.type));
    detail += ", got";
    for (const auto oid : oids)
        detail += " " + std::to_string(oid);
    throw Error(Code::Internal, "the database sends other types than the translation promised")
        .with_detail(detail);
}

table::Table make_table(const QueryRequest& request, std::vector<table::Column> columns) {
    table::Table table;
    table.columns = std::move(columns);
    table.infos.push_back({"standardID", "ivo://ivoa.net/std/TAP", ""});
    table.infos.push_back({"QUERY", request.query, ""});
    if (!request.run_id.empty()) table.infos.push_back({"RUNID", request.run_id, ""});
    return table;
}

std::string overflow_words(std::int64_t maxrec) {
    return "more rows than the " + std::to_string(maxrec) +
           " asked for or allowed; a larger MAXREC, up to the hard limit, gives more";
}

std::string overflow_bytes_words(std::int64_t max_bytes) {
    return "the answer is cut at the " + std::to_string(max_bytes) +
           " bytes that this service allows; ask for fewer columns, or in parts";
}

// What the writer has written, beside those who want to know.
class CountedSink final : public Sink {
  public:
    CountedSink(Sink& to, std::atomic<std::int64_t>& bytes) : to_(to), bytes_(bytes) {}

    void write(std::string_view bytes) override {
        to_.write(bytes);
        bytes_.fetch_add(std::ssize(bytes), std::memory_order_relaxed);
    }

    void flush() override { to_.flush(); }

    void announce(std::int64_t bytes) override { to_.announce(bytes); }

  private:
    Sink& to_;
    std::atomic<std::int64_t>& bytes_;
};

// What the database says of a table, column or schema that is gone, or that may not be read any
// more: an unpublish came between the look at the catalogue and the query.
Error explain(const Error& error) {
    constexpr std::array<std::string_view, 4> kGone{"42P01", "42501", "42703", "3F000"};
    const auto gone = std::any_of(kGone.begin(), kGone.end(), [&](std::string_view state) {
        return error.code() == Code::Internal && error.detail().starts_with(state);
    });
    if (!gone) return error;
    log::warn("unpublished", {{"detail", error.detail()}});
    return Error(Code::UnknownName, "a table of the query is not published any more")
        .with_detail(error.detail());
}

// Adds the time of its own life, also when an exception ends it.
class Stopwatch {
  public:
    explicit Stopwatch(std::chrono::microseconds& total) : total_(total) {}

    ~Stopwatch() {
        total_ += std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start_);
    }

    Stopwatch(const Stopwatch&) = delete;
    Stopwatch& operator=(const Stopwatch&) = delete;

  private:
    std::chrono::microseconds& total_;
    Clock::time_point start_ = Clock::now();
};

// The database's failure, if one ended the rows. What the sink throws, because nobody reads on,
// passes through.
std::optional<Error> write_rows(pg::Rows& rows,
                                const QueryRequest& request,
                                table::Writer& writer,
                                Report& report) {
    for (;;) {
        const Row* row = nullptr;
        try {
            row = rows.next();
        } catch (const Error& error) {
            // Deliberate: it is told in the format's own way, where that has one.
            return explain(error);
        }
        if (row == nullptr) return {};
        if (report.bytes.load(std::memory_order_relaxed) >= request.max_bytes) {
            report.overflow = true;
            return {};
        }
        if (const auto done = report.rows.load(std::memory_order_relaxed); done < request.maxrec) {
            writer.row(*row);
            report.rows.store(done + 1, std::memory_order_relaxed);
        } else {
            // The LIMIT lets one such row through; taking the end after it is cheaper than a
            // cancel.
            report.overflow = true;
        }
    }
}

}  // namespace

table::Choice find_error_format(const http::Params& params, std::string_view accept) {
    for (const auto* name : {"RESPONSEFORMAT", "FORMAT"})
        if (const auto all = params.find_all(name); all.size() == 1)
            return table::find_format(all[0]).value_or(table::choose_format(""));
    return table::negotiate(accept);
}

QueryRequest read_query_request(const Asked& asked, const QueryLimits& limits) {
    const auto& params = asked.params;
    check_language(params);
    QueryRequest request;
    const auto format = read_format(params);
    request.format =
        format.empty() ? table::negotiate(asked.accept) : table::choose_format(format);
    request.scratch = limits.scratch;
    request.maxrec = read_maxrec(params, limits);
    request.max_bytes = limits.max_bytes;
    request.run_id = std::string(cut_text(params.find_single("RUNID").value_or(""), kRunIdBytes));
    request.query = read_query_text(params, limits);
    request.uploads = read_uploads(asked, limits.uploads);
    request.upload_limits = limits.uploads;
    return request;
}

void run_query(const QueryRequest& request,
               const schema::Catalog& catalog,
               pg::Pool& pool,
               const pg::Patience& patience,
               const Answer& answer,
               Report& report) {
    auto uploads = [&] {
        std::optional<Stopwatch> watch;
        if (!request.uploads.empty()) watch.emplace(report.upload);
        return UploadedTables(request.uploads, request.upload_limits, patience.watch_fd);
    }();
    auto translation = [&] {
        const Stopwatch watch(report.translate);
        return adql::translate(request.query, catalog, {}, uploads.catalog());
    }();
    auto table = make_table(request, std::move(translation.columns));
    for (auto& warning : translation.warnings)
        table.infos.push_back({"warning", std::move(warning), ""});
    const auto& format = *request.format.format;

    if (request.maxrec == 0) {
        // DALI 1.1 §4.3.4: metadata and OVERFLOW; the query need not run.
        CountedSink sink(answer.begin(request.format), report.bytes);
        format.open(sink, table, request.scratch)
            ->end({table::Status::Overflow, overflow_words(0)});
        report.overflow = true;
        return;
    }

    // One row beyond MAXREC tells an overflow from a result that just fits (TAP 1.1 §2.7.4).
    const auto most =
        translation.top < 0 ? request.maxrec + 1 : std::min(translation.top, request.maxrec + 1);
    const auto sql = translation.sql + " LIMIT " + std::to_string(most);
    log::debug("sql", {{"adql", request.query}, {"sql", sql}});
    std::optional<CountedSink> sink;
    std::unique_ptr<table::Writer> writer;
    {
        const auto lease = [&] {
            const Stopwatch watch(report.slot_wait);
            return pool.take();
        }();
        // The tables are those of a transaction that never ends but by being undone.
        std::optional<pg::Transaction> work;
        if (!request.uploads.empty()) {
            const Stopwatch watch(report.upload);
            work.emplace(*lease, "BEGIN READ WRITE");
            uploads.load(*lease, patience);
            lease->exec("SET TRANSACTION READ ONLY");
        }
        std::optional<pg::Rows> rows;
        try {
            rows.emplace(*lease, sql, most, patience, report.database);
        } catch (const Error& error) {
            throw explain(error);
        }
        check_types(rows->oids(), table.columns);
        sink.emplace(answer.begin(request.format), report.bytes);
        writer = format.open(*sink, table, request.scratch);
        if (const auto failure = write_rows(*rows, request, *writer, report)) {
            if (answer.can_withdraw() || !format.tells_failure) throw Error(*failure);
            writer->end({table::Status::Failed, answer.note_failure(*failure)});
            return;
        }
        // The slot is free for the next query while a slow client takes what is left.
    }
    if (report.overflow)
        writer->end({table::Status::Overflow, report.rows < request.maxrec
                                                  ? overflow_bytes_words(request.max_bytes)
                                                  : overflow_words(request.maxrec)});
    else
        writer->end({});
}

}  // namespace vo::tap
