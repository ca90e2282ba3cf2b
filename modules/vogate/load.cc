// SPDX-License-Identifier: Apache-2.0
// vogate load: a VOTable, FITS or CSV file to a table of the database, with its metadata.
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <iomanip>
#include <iostream>
#include <limits>
#include <set>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "command.h"
#include "pg/copy.h"
#include "publish/apply.h"
#include "publish/publish.h"
#include "table/cell.h"
#include "table/reader.h"

namespace vo::vogate {

namespace {

using namespace publish;
using Clock = std::chrono::steady_clock;

constexpr const char* kUsage =
    R"(usage: vogate load [--replace] [--publish] [--yes] [--quiet] FILE SCHEMA.TABLE

Makes a table and fills it from FILE: a VOTable, a FITS table or CSV (comma, tab or semicolon). The
schema is made when there is none. All rows come or none.

  --replace   in the place of a table that is there, which keeps its name for readers until the new
              one is whole; what is published stays published when its columns are the same
  --publish   publish it then, as vogate publish does
  --yes       with what publish proposes: a stored position and its index
  --quiet     no progress

Units, UCDs, utypes, xtypes and descriptions of the file are kept, and published. A name that
queries could not write as it stands is kept for quotes: "e_RA [mas]".

Exit status: 0 done, 1 failed, 2 wrong usage, or a file that is no table.
)";

struct Options {
    std::string file;
    TableName name;
    bool replace = false;
    bool publish = false;
    bool yes = false;
    bool quiet = false;
};

Options parse(const std::vector<std::string>& words) {
    Options options;
    std::vector<std::string> names;
    for (const auto& word : words) {
        if (word == "--replace")
            options.replace = true;
        else if (word == "--publish")
            options.publish = true;
        else if (word == "--yes")
            options.yes = true;
        else if (word == "--quiet")
            options.quiet = true;
        else if (word.starts_with('-'))
            throw Error(Code::BadRequest,
                        "load has no option " + word + "; see vogate load --help");
        else
            names.push_back(word);
    }
    if (names.size() != 2) throw Error(Code::BadRequest, "load wants FILE SCHEMA.TABLE");
    options.file = names[0];
    options.name = parse_table_name(names[1]);
    return options;
}

class File {
  public:
    explicit File(const std::string& path) : file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
        struct stat status {};

        if (file_ < 0) throw Error(Code::BadRequest, path + ": " + std::strerror(errno));
        if (::fstat(file_, &status) != 0 || !S_ISREG(status.st_mode)) {
            ::close(file_);
            throw Error(Code::BadRequest, path + " is not a file");
        }
    }

    ~File() { ::close(file_); }

    File(const File&) = delete;
    File& operator=(const File&) = delete;

    [[nodiscard]] int descriptor() const { return file_; }

  private:
    int file_;
};

// Rows and rows per second on standard error: in place on a terminal, a line now and then
// elsewhere.
class Progress {
  public:
    explicit Progress(bool quiet) : quiet_(quiet), terminal_(::isatty(STDERR_FILENO) == 1) {}

    void step() {
        constexpr std::int64_t kLookEvery = 4096;
        if (++rows_ % kLookEvery != 0 || quiet_) return;
        const auto now = Clock::now();
        if (now < next_) return;
        next_ = now + (terminal_ ? std::chrono::milliseconds(500) : std::chrono::seconds(10));
        std::cerr << (terminal_ ? "\r" : "") << rows_ << " rows, " << rate(now) << " rows/s"
                  << (terminal_ ? "   " : "\n") << std::flush;
    }

    void end() const {
        if (!quiet_ && terminal_ && rows_ > 0) std::cerr << '\r';
    }

    [[nodiscard]] double seconds() const {
        return std::chrono::duration<double>(Clock::now() - begin_).count();
    }

  private:
    [[nodiscard]] std::int64_t rate(Clock::time_point now) const {
        const std::chrono::duration<double> time = now - begin_;
        return static_cast<std::int64_t>(static_cast<double>(rows_) / std::max(time.count(), 1e-3));
    }

    bool quiet_;
    bool terminal_;
    std::int64_t rows_ = 0;
    Clock::time_point begin_ = Clock::now();
    Clock::time_point next_ = begin_ + std::chrono::milliseconds(500);
};

// PostgreSQL's names of the columns: folded where queries fold them, as they are where those need
// quotes; no two the same.
std::vector<std::string> name_columns(const std::vector<table::Column>& columns) {
    std::vector<std::string> names;
    std::set<std::string> taken;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        std::string name(cut_text(columns[i].name, 55));
        if (name.empty() || name.find('\0') != std::string::npos)
            name = "col" + std::to_string(i + 1);
        if (tap_column(name) == name) name = to_lower(name);
        // This program adds columns of its own.
        if (name.starts_with(kOwnPrefix)) name.insert(0, "x_");
        const auto base = name;
        for (int n = 2; !taken.insert(to_lower(name)).second; ++n)
            name = base + '_' + std::to_string(n);
        names.push_back(std::move(name));
    }
    return names;
}

std::string column_list(const std::vector<table::Column>& columns,
                        const std::vector<std::string>& names) {
    std::string list;
    for (std::size_t i = 0; i < columns.size(); ++i)
        list.append(list.empty() ? "" : ", ")
            .append(sql_identifier(names[i]))
            .append(" ")
            .append(table::sql_type(columns[i].type));
    return list;
}

Notes make_all_notes(const table::Table& table, const std::vector<std::string>& names) {
    Notes notes;
    notes.description = table.description;
    std::vector<std::string> warnings;
    for (std::size_t i = 0; i < names.size(); ++i) {
        auto& column = notes.columns[names[i]] = make_notes(table.columns[i], warnings);
        if (!equal_fold(column.name, names[i])) column.name.clear();
    }
    for (const auto& words : warnings)
        std::cout << "note: " << words << '\n';
    return notes;
}

void load(pg::Connection& db, const Options& options) {
    const File file(options.file);
    table::ReadLimits limits;
    limits.max_rows = std::numeric_limits<std::int64_t>::max();
    limits.max_columns = 1'500;
    limits.max_cell_bytes = 500'000'000;
    limits.max_row_bytes = 900'000'000;
    const auto reader = [&] {
        try {
            return table::open_reader(file.descriptor(), limits);
        } catch (const Error& error) {
            throw Error(error.code(), options.file + ": " + error.what());
        }
    }();
    const auto& columns = reader->table().columns;
    const auto names = name_columns(columns);
    const auto& target = options.name;
    lock_table(db, target);
    if (!options.replace && !db.exec("SELECT to_regclass($1)", {target.sql()}).is_null(0, 0))
        throw Error(Code::BadRequest,
                    target.tap() + " is there already; --replace puts the file in its place");
    const auto notes = make_all_notes(reader->table(), names);
    Progress progress(options.quiet);
    pg::Transaction work(db);
    db.exec("CREATE SCHEMA IF NOT EXISTS " + sql_identifier(target.schema));
    const TableName fresh{target.schema,
                          std::string(kOwnPrefix) + "load_" + std::to_string(::getpid())};
    db.exec("CREATE TABLE " + fresh.sql() + " (" + column_list(columns, names) + ")");
    std::int64_t rows = 0;
    try {
        pg::CopyIn copy(db, fresh.sql());
        while (const auto* row = reader->next()) {
            copy.put(*row);
            progress.step();
        }
        rows = copy.finish();
    } catch (const Error& error) {
        progress.end();
        throw Error(error.code(), options.file + ": " + error.what()).with_detail(error.detail());
    }
    progress.end();
    if (options.replace) db.exec("DROP TABLE IF EXISTS " + target.sql());
    db.exec("ALTER TABLE " + fresh.sql() + " RENAME TO " + sql_identifier(target.table));
    db.exec("ANALYZE " + target.sql());
    store_notes(db, target, notes);
    work.commit();
    const auto seconds = progress.seconds();
    std::cout << target.tap() << ": " << rows << " rows of " << columns.size() << " columns in "
              << std::fixed << std::setprecision(1) << seconds << " s" << std::endl;
}

bool is_published(pg::Connection& db, const TableName& name) {
    return db.exec("SELECT 1 FROM tap_schema.tables WHERE table_name = $1", {name.tap()}).rows() >
           0;
}

}  // namespace

int run_load(const Context& context, const std::vector<std::string>& args) {
    if (!args.empty() && (args[0] == "--help" || args[0] == "-h")) {
        std::cout << kUsage;
        return 0;
    }
    const auto options = parse(args);
    pg::Connection db(context.config.database_owner, "vogate load");
    load(db, options);
    if (options.publish || is_published(db, options.name))
        publish_table(db, context.config,
                      {.name = options.name, .metadata = {}, .position = {}, .yes = options.yes});
    return 0;
}

}  // namespace vo::vogate
