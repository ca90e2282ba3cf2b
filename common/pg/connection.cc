// SPDX-License-Identifier: Apache-2.0
// libpq behind values; the one mapping of SQLSTATE to our error codes.
#include "pg/connection.h"

#include <array>
#include <memory>

#include <libpq-fe.h>

#include "base/error.h"
#include "base/text.h"

namespace vo::pg {

namespace {

struct StateRow {
    std::string_view prefix;
    Code code;
    std::string_view words;
};

// The first row whose prefix fits wins. Class 42 is ours: the checker let pass what PostgreSQL
// refused; so is all that has no row.
constexpr std::array kStates{
    StateRow{"0A", Code::BadQuery, "the database cannot run this form of query"},
    StateRow{"08", Code::Busy, "the database connection was lost"},
    StateRow{"21", Code::BadQuery, "a subquery that stands for a value gives more than one row"},
    StateRow{"22003", Code::BadQuery,
             "a number of the query is beyond what its function or type takes"},
    StateRow{"22012", Code::BadQuery, "division by zero"},
    StateRow{"22", Code::BadQuery, "a value of the query does not fit its function or type"},
    StateRow{"25006", Code::Internal, "the service tried to write in a read-only transaction"},
    StateRow{"40", Code::Busy, "the database gave up a conflicting transaction"},
    StateRow{"53100", Code::Busy, "the database server's disk is full"},
    StateRow{"53400", Code::BadQuery,
             "the query needs more disk for sorting than this service allows"},
    StateRow{"53", Code::Busy, "the database has no resources left for this query"},
    StateRow{"54001", Code::BadQuery, "the query is nested too deeply for the database"},
    StateRow{"54", Code::BadQuery, "the query is too complex for the database"},
    StateRow{"55P03", Code::Busy, "a table of the query is being changed; please try again"},
    StateRow{"57014", Code::TooLong, "the query took longer than this service allows"},
    StateRow{"57P", Code::Busy, "the database is restarting"},
    StateRow{"58", Code::Busy, "the database server has an input/output error"},
};

constexpr std::array kShapeErrors{
    StateRow{"radius must be", Code::BadQuery,
             "the radius of a circle lies between 0 and 90 degrees"},
    StateRow{"spherepoly", Code::BadQuery, "a polygon's edges cross or touch, or it is too large"},
};

std::string_view field(const pg_result* result, int code) {
    const char* text = PQresultErrorField(result, code);
    return text == nullptr ? std::string_view{} : text;
}

void check_result(pg_conn* connection, const pg_result* result) {
    switch (PQresultStatus(result)) {
        case PGRES_COMMAND_OK:
        case PGRES_TUPLES_OK:
        case PGRES_EMPTY_QUERY: return;
        default: throw_failure(connection, result);
    }
}

std::vector<const char*> pointers_to(const std::vector<Param>& params) {
    std::vector<const char*> values;
    values.reserve(params.size());
    for (const auto& param : params)
        values.push_back(param.c_str());
    return values;
}

// A connection that broke has left it already.
class Pipeline {
  public:
    explicit Pipeline(PGconn* connection) : connection_(connection) {
        if (PQenterPipelineMode(connection_) == 0) throw_failure(connection_, nullptr);
    }

    ~Pipeline() { PQexitPipelineMode(connection_); }

    Pipeline(const Pipeline&) = delete;
    Pipeline& operator=(const Pipeline&) = delete;

  private:
    PGconn* connection_;
};

std::string find_keyword(const std::string& conninfo, std::string_view keyword) {
    const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options(
        PQconninfoParse(conninfo.c_str(), nullptr), PQconninfoFree);
    for (const auto* option = options.get(); option != nullptr && option->keyword != nullptr;
         ++option)
        if (option->keyword == keyword && option->val != nullptr) return option->val;
    return {};
}

}  // namespace

void throw_failure(pg_conn* connection, const pg_result* result) {
    const auto state = field(result, PG_DIAG_SQLSTATE);
    const std::string detail =
        std::string(trim(result != nullptr && state.size() > 0 ? PQresultErrorMessage(result)
                                                               : PQerrorMessage(connection)));
    if (PQstatus(connection) == CONNECTION_BAD || state.empty())
        throw Error(Code::Busy, "the database connection was lost; please try again")
            .with_detail(detail);
    // pgSphere reports what is wrong with a shape as an internal error of the server.
    for (const auto& row : kShapeErrors)
        if (state == "XX000" && detail.find(row.prefix) != std::string::npos)
            throw Error(row.code, std::string(row.words)).with_detail(detail);
    for (const auto& row : kStates) {
        if (!state.starts_with(row.prefix)) continue;
        std::string words(row.words);
        // Class 22 says what is wrong with the user's own value, without SQL: worth passing on.
        if (row.prefix == "22" || row.prefix == "22003")
            words += ": " + std::string(field(result, PG_DIAG_MESSAGE_PRIMARY));
        throw Error(row.code, std::move(words)).with_detail(detail);
    }
    throw Error(Code::Internal, "the database refused a statement of this service")
        .with_detail(std::string(state) + " " + detail);
}

Param::Param(double value) {
    std::string text;
    append_number(text, value);
    if (text == "+Inf") text = "Infinity";
    if (text == "-Inf") text = "-Infinity";
    text_ = std::move(text);
}

std::string array_text(const std::vector<std::optional<std::string>>& values) {
    std::string text = "{";
    for (const auto& value : values) {
        if (text.size() > 1) text += ',';
        if (!value) {
            text += "NULL";
            continue;
        }
        text += '"';
        for (const char c : *value) {
            if (c == '"' || c == '\\') text += '\\';
            text += c;
        }
        text += '"';
    }
    return text + '}';
}

Result::Result(pg_result* result) : result_(result, PQclear) {}

int Result::rows() const {
    return PQntuples(result_.get());
}

int Result::columns() const {
    return PQnfields(result_.get());
}

bool Result::is_null(int row, int column) const {
    return PQgetisnull(result_.get(), row, column) != 0;
}

std::string_view Result::text(int row, int column) const {
    return {PQgetvalue(result_.get(), row, column),
            static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

std::int64_t Result::integer(int row, int column) const {
    const auto value = parse_integer(text(row, column));
    if (!value)
        throw Error(Code::Internal, "the database answered no whole number where one is due");
    return *value;
}

std::optional<std::int64_t> Result::find_integer(int row, int column) const {
    if (is_null(row, column)) return std::nullopt;
    return integer(row, column);
}

double Result::number(int row, int column) const {
    const auto value = parse_double(text(row, column));
    if (!value) throw Error(Code::Internal, "the database answered no number where one is due");
    return *value;
}

std::int64_t Result::affected() const {
    return parse_integer(PQcmdTuples(result_.get())).value_or(0);
}

Connection::Connection(const std::string& conninfo, const std::string& application_name)
    : conn_(nullptr, PQfinish) {
    // Later words win, so what the administrator wrote stands before ours.
    const std::array keywords{"dbname", "fallback_application_name", "client_encoding",
                              static_cast<const char*>(nullptr)};
    const std::array values{conninfo.c_str(), application_name.c_str(), "UTF8",
                            static_cast<const char*>(nullptr)};
    conn_.reset(PQconnectdbParams(keywords.data(), values.data(), 1));
    if (PQstatus(conn_.get()) != CONNECTION_OK)
        throw Error(Code::Busy, "the database does not accept connections at present")
            .with_detail(std::string(trim(PQerrorMessage(conn_.get()))));
    on_notice([](std::string_view) {});
}

Result Connection::exec(const std::string& sql, const std::vector<Param>& params) {
    const auto values = pointers_to(params);
    Result result(PQexecParams(conn_.get(), sql.c_str(), static_cast<int>(values.size()), nullptr,
                               values.data(), nullptr, nullptr, 0));
    check_result(conn_.get(), result.get());
    return result;
}

void Connection::prepare(const Statement& statement) {
    if (prepared_.contains(statement.name)) return;
    const Result result(PQprepare(conn_.get(), statement.name.c_str(), statement.sql.c_str(), 0, nullptr));
    check_result(conn_.get(), result.get());
    prepared_.insert(statement.name);
}

Result Connection::exec(const Statement& statement, const std::vector<Param>& params) {
    prepare(statement);
    const auto values = pointers_to(params);
    Result result(PQexecPrepared(conn_.get(), statement.name.c_str(), static_cast<int>(values.size()),
                                 values.data(), nullptr, nullptr, 0));
    check_result(conn_.get(), result.get());
    return result;
}

std::vector<Result> Connection::exec(const std::vector<Call>& calls) {
    for (const auto& call : calls)
        prepare(call.statement);
    const Pipeline pipeline(conn_.get());
    for (const auto& call : calls) {
        const auto values = pointers_to(call.params);
        if (PQsendQueryPrepared(conn_.get(), call.statement.name.c_str(), static_cast<int>(values.size()),
                                values.data(), nullptr, nullptr, 0) == 0 ||
            PQpipelineSync(conn_.get()) == 0)
            throw_failure(conn_.get(), nullptr);
    }
    std::vector<Result> results;
    for (std::size_t i = 0; i < calls.size(); ++i) {
        results.emplace_back(PQgetResult(conn_.get()));
        // Nothing ends the results of a statement; then comes what stands for its Sync.
        PQclear(PQgetResult(conn_.get()));
        const Result sync(PQgetResult(conn_.get()));
        if (PQresultStatus(sync.get()) != PGRES_PIPELINE_SYNC) throw_failure(conn_.get(), nullptr);
    }
    for (const auto& result : results)
        check_result(conn_.get(), result.get());
    return results;
}

void Connection::exec_script(const std::string& sql) {
    const std::unique_ptr<pg_result, void (*)(pg_result*)> result(PQexec(conn_.get(), sql.c_str()),
                                                                  PQclear);
    check_result(conn_.get(), result.get());
}

bool Connection::is_alive() const {
    return PQstatus(conn_.get()) == CONNECTION_OK;
}

bool Connection::cancel() noexcept {
    const std::unique_ptr<PGcancel, void (*)(PGcancel*)> request(PQgetCancel(conn_.get()),
                                                                 PQfreeCancel);
    char why[256];
    return request && PQcancel(request.get(), why, sizeof why) == 1;
}

std::string Connection::user() const {
    return PQuser(conn_.get());
}

void Connection::on_notice(std::function<void(std::string_view)> handler) {
    notice_ = std::make_unique<std::function<void(std::string_view)>>(std::move(handler));
    PQsetNoticeProcessor(
        conn_.get(),
        [](void* self, const char* message) {
            (*static_cast<std::function<void(std::string_view)>*>(self))(trim(message));
        },
        notice_.get());
}

Transaction::Transaction(Connection& connection, std::string_view begin) : connection_(connection) {
    connection_.exec_script(std::string(begin));
}

Transaction::~Transaction() {
    if (!open_) return;
    // On a broken connection the server rolls back by itself, so nothing is left to say.
    PQclear(PQexec(connection_.handle(), "ROLLBACK"));
}

void Transaction::commit() {
    connection_.exec("COMMIT");
    open_ = false;
}

std::string conninfo_user(const std::string& conninfo) {
    return find_keyword(conninfo, "user");
}

std::string conninfo_database(const std::string& conninfo) {
    return find_keyword(conninfo, "dbname");
}

bool conninfo_has_password(const std::string& conninfo) {
    // Also where libpq cannot read it.
    return !find_keyword(conninfo, "password").empty() ||
           conninfo.find("password=") != std::string::npos;
}

std::string conninfo_with(const std::string& conninfo,
                          std::string_view keyword,
                          const std::string& value) {
    char* why = nullptr;
    const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options(
        PQconninfoParse(conninfo.c_str(), &why), PQconninfoFree);
    const std::unique_ptr<char, void (*)(void*)> words(why, PQfreemem);
    if (!options)
        throw Error(Code::BadRequest, "this is no connection string of PostgreSQL: " +
                                          std::string(trim(words ? words.get() : "no memory")));
    std::string out;
    for (const auto* option = options.get(); option->keyword != nullptr; ++option) {
        const bool is_new = option->keyword == keyword;
        if (!is_new && option->val == nullptr) continue;
        out += (out.empty() ? "" : " ") + std::string(option->keyword) + "='";
        for (const char c : is_new ? std::string_view(value) : std::string_view(option->val)) {
            if (c == '\'' || c == '\\') out += '\\';
            out += c;
        }
        out += '\'';
    }
    return out;
}

}  // namespace vo::pg
