// SPDX-License-Identifier: Apache-2.0
// UPLOAD to tables of the query's own transaction.
#include "tap/upload.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "http/fetch.h"
#include "pg/copy.h"
#include "table/cell.h"

namespace vo::tap {

namespace {

constexpr std::size_t kMostTables = 32;
constexpr int kMostFetches = 16;
constexpr std::size_t kMostRowBytes = 20'000'000;  // one is held in memory
constexpr std::int64_t kRowsBetweenLooks = 4096;
constexpr std::string_view kInline = "param:";
constexpr std::string_view kPurpose = "an uploaded table";

bool is_letter(char c) {
    return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}

// What ADQL calls a regular identifier.
bool is_regular(std::string_view name) {
    return !name.empty() && is_letter(name[0]) && std::all_of(name.begin(), name.end(), [](char c) {
        return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
    });
}

// Shapes that geometry functions take.
struct ShapeRow {
    std::string_view xtype;
    schema::Storage storage;
    std::string_view sql_type;
    std::string_view maker;
};

constexpr std::array kShapes{
    ShapeRow{"point", schema::Storage::Point, "public.spoint", "vogate.point_of_array"},
    ShapeRow{"circle", schema::Storage::Circle, "public.scircle", "vogate.circle_of_array"},
    ShapeRow{"polygon", schema::Storage::Polygon, "public.spoly", "vogate.polygon_of_array"},
};

const ShapeRow* find_shape(const table::Column& column) {
    if (column.type != table::Type::DoubleArray && column.type != table::Type::FloatArray)
        return nullptr;
    for (const auto& row : kShapes)
        if (row.xtype == column.xtype) return &row;
    return nullptr;
}

std::string sql_table(std::size_t number) {
    return "pg_temp.\"u" + std::to_string(number) + '"';
}

Error about(const std::string& name, const Error& error) {
    // What is wrong may be a name of a megabyte.
    return Error(error.code(),
                 "the uploaded table " + name + ": " + std::string(cut_text(error.what(), 1'000)))
        .with_detail(error.detail());
}

// A place among those who fetch. They wait for servers of others, so they must not be all threads.
class FetchSlot {
  public:
    FetchSlot() {
        if (fetching_.fetch_add(1) < kMostFetches) return;
        fetching_.fetch_sub(1);
        throw Error(
            Code::Busy,
            "the service fetches as many tables as it can at once; please try again shortly");
    }

    ~FetchSlot() { fetching_.fetch_sub(1); }

    FetchSlot(const FetchSlot&) = delete;
    FetchSlot& operator=(const FetchSlot&) = delete;

  private:
    static inline std::atomic<int> fetching_ = 0;
};

// "t1,param:file;t2,http://..."; a URL may have a semicolon of its own, which no name follows.
std::vector<std::string_view> split_uploads(std::string_view value) {
    std::vector<std::string_view> uploads;
    for (const auto piece : split(value, ';')) {
        const auto comma = piece.find(',');
        if (uploads.empty() || trim(piece).empty() ||
            (comma != std::string_view::npos && is_regular(trim(piece.substr(0, comma)))))
            uploads.push_back(piece);
        else
            uploads.back() = {
                uploads.back().data(),
                static_cast<std::size_t>(piece.data() + piece.size() - uploads.back().data())};
    }
    return uploads;
}

// "t1,param:file"
Upload read_upload(std::string_view text, const Asked& asked) {
    const auto comma = text.find(',');
    const std::string name(trim(text.substr(0, comma)));
    if (comma == std::string_view::npos || name.empty())
        throw Error(Code::BadRequest,
                    "UPLOAD is like \"t1,param:file\" or \"t1,https://...\", not \"" +
                        std::string(cut_text(text, 100)) + '"');
    if (!is_regular(name))
        throw Error(Code::BadRequest,
                    "the name of an uploaded table is letters, digits and underscores after a "
                    "letter, not \"" +
                        std::string(cut_text(name, 100)) + '"');
    const std::string uri(trim(text.substr(comma + 1)));
    Upload upload{.name = name, .url = {}, .content = nullptr};
    if (!equal_fold(uri.substr(0, kInline.size()), kInline)) {
        http::check_url(uri);
        upload.url = uri;
        return upload;
    }
    const auto part = uri.substr(kInline.size());
    for (const auto& file : asked.files)
        if (file.name == part) {
            upload.content = file.content;
            return upload;
        }
    // A form may carry a small table as a plain parameter.
    if (const auto found = asked.params.find_single(part); found && !found->empty()) {
        upload.content = std::make_shared<ScratchFile>("/var/tmp", std::string(kPurpose));
        upload.content->append(*found);
        return upload;
    }
    std::string there;
    for (const auto& file : asked.files)
        there += (there.empty() ? "\"" : ", \"") + file.name + '"';
    throw Error(Code::BadRequest, "UPLOAD names the file \"" + std::string(cut_text(part, 100)) +
                                      "\", which is not in the request" +
                                      (there.empty() ? "; files come as multipart/form-data"
                                                     : "; there is " + there));
}

}  // namespace

std::vector<Upload> read_uploads(const Asked& asked, const UploadLimits& limits) {
    std::vector<Upload> uploads;
    for (const auto value : asked.params.find_all("UPLOAD"))
        for (const auto text : split_uploads(value)) {
            if (trim(text).empty()) continue;
            if (limits.max_bytes == 0)
                throw Error(Code::BadRequest, "this service takes no table uploads (UPLOAD)");
            if (uploads.size() == kMostTables)
                throw Error(Code::BadRequest, "a query may bring " + std::to_string(kMostTables) +
                                                  " tables along (UPLOAD), not more");
            auto upload = read_upload(text, asked);
            for (const auto& other : uploads)
                if (equal_fold(other.name, upload.name))
                    throw Error(Code::BadRequest,
                                "two uploaded tables have the name " + upload.name);
            uploads.push_back(std::move(upload));
        }
    return uploads;
}

UploadedTables::UploadedTables(const std::vector<Upload>& uploads,
                               const UploadLimits& limits,
                               int watch_fd)
    : time_(limits.fetch_time) {
    if (!uploads.empty()) catalog_.schemas.push_back({.name = "TAP_UPLOAD"});
    auto left = limits.max_bytes;
    const auto end = std::chrono::steady_clock::now() + limits.fetch_time;
    for (const auto& upload : uploads) {
        try {
            auto content = upload.content;
            if (!content) {
                const FetchSlot slot;
                content = std::make_shared<ScratchFile>("/var/tmp", std::string(kPurpose));
                const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(
                    end - std::chrono::steady_clock::now());
                http::fetch(upload.url,
                            {.max_bytes = left,
                             .time = std::max(time, std::chrono::milliseconds(1)),
                             .allow_loopback = limits.allow_loopback,
                             .watch_fd = watch_fd},
                            *content);
            }
            // A file that is named often is loaded as often.
            left -= content->size();
            if (left < 0)
                throw Error(Code::TooLarge, "the tables of the query have more than " +
                                                std::to_string(limits.max_bytes) +
                                                " bytes together, which is the most that is taken");
            auto reader =
                table::open_reader(content->descriptor(),
                                   {.max_rows = limits.max_rows, .max_row_bytes = kMostRowBytes});
            sources_.push_back({upload.name, std::move(content), std::move(reader)});
        } catch (const Error& error) {
            throw about(upload.name, error);
        }
        describe(sources_.back(), sources_.size());
    }
    catalog_.index_tables();
}

void UploadedTables::describe(const Source& source, std::size_t number) {
    schema::Table table{.name = "TAP_UPLOAD." + source.name,
                        .schema_name = "TAP_UPLOAD",
                        .base_name = source.name,
                        .sql_name = sql_table(number),
                        .type = "table",
                        .description = source.reader->table().description};
    const auto& columns = source.reader->table().columns;
    std::map<std::string, int> names;
    for (const auto& column : columns)
        ++names[to_lower(column.name)];
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const auto n = std::to_string(i + 1);
        schema::Column column;
        static_cast<table::Column&>(column) = columns[i];
        if (column.name.empty()) column.name = "col" + n;
        // Names that differ by case alone can be told apart in quotes only.
        column.delimited = !is_regular(column.name) || names[to_lower(column.name)] > 1;
        column.sql_name = 'c' + n;
        if (const auto* shape = find_shape(column)) {
            column.storage = shape->storage;
            column.array_name = column.sql_name;
            column.sql_name = 'g' + n;
        }
        table.columns.push_back(std::move(column));
    }
    catalog_.schemas[0].tables.push_back(catalog_.tables.size());
    catalog_.tables.push_back(std::move(table));
}

void UploadedTables::load(pg::Connection& db, const pg::Patience& patience) {
    const auto end = std::chrono::steady_clock::now() + time_;
    const std::string before(db.exec("SHOW statement_timeout").text(0, 0));
    const auto limit_time = [&] {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            end - std::chrono::steady_clock::now());
        db.exec("SET LOCAL statement_timeout = " +
                std::to_string(std::max<std::int64_t>(left.count(), 1)));
    };
    for (std::size_t t = 0; t < sources_.size(); ++t) {
        try {
            load_one(db, t, limit_time, patience.watch_fd);
        } catch (const Error& error) {
            throw about(sources_[t].name, error);
        }
    }
    db.exec("SET LOCAL statement_timeout = " + sql_literal(before));
}

void UploadedTables::load_one(pg::Connection& db,
                              std::size_t index,
                              const std::function<void()>& limit_time,
                              int watch_fd) {
    auto& source = sources_[index];
    const auto& name = catalog_.tables[index].sql_name;
    const auto& columns = source.reader->table().columns;
    std::string create = "CREATE TEMPORARY TABLE \"u" + std::to_string(index + 1) + "\" (";
    std::string shapes;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const auto n = std::to_string(i + 1);
        create.append(i == 0 ? "c" : ", c")
            .append(n)
            .append(" ")
            .append(table::sql_type(columns[i].type));
        if (const auto* shape = find_shape(columns[i]))
            shapes.append(shapes.empty() ? "" : ",")
                .append(" ADD COLUMN g" + n + " ")
                .append(shape->sql_type)
                .append(" GENERATED ALWAYS AS (")
                .append(shape->maker)
                .append("(c" + n + "::float8[])) STORED");
    }
    limit_time();
    try {
        db.exec(create + ")");
        pg::CopyIn copy(db, name);
        for (std::int64_t n = 1; const auto* row = source.reader->next(); ++n) {
            copy.put(*row);
            if (n % kRowsBetweenLooks == 0) pg::check_peer(watch_fd);
        }
        copy.finish();
        // Not before: a table with any column of pgSphere takes no binary COPY.
        if (!shapes.empty()) {
            limit_time();
            db.exec("ALTER TABLE " + name + shapes);
        }
    } catch (const Error& error) {
        // The values are of their types, so what PostgreSQL does not take is a row too wide for it.
        if (error.code() != Code::BadQuery) throw;
        throw Error(Code::TooLarge,
                    "its rows are wider than the database takes them; leave out columns that the "
                    "query does not need")
            .with_detail(error.detail());
    }
    limit_time();
    db.exec("ANALYZE " + name);
}

}  // namespace vo::tap
