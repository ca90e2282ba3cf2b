// SPDX-License-Identifier: Apache-2.0
// A PostgreSQL connection as a value, over libpq.
//
//     pg::Connection db(config.database_owner, "vogate ingest");
//     pg::Transaction work(db);
//     const auto id = db.exec("INSERT ... RETURNING obs", {did, size}).get<std::int64_t>(0, 0);
//     work.commit();
//
// Parameters go in text form; results of exec come whole in text form (small answers only: rows
// of a query stream through pg/rows.h, rows of a load through pg/copy.h). A failure throws Error:
// SQLSTATE 08, 53, 57P -> Busy; 57014 -> TooLong; 22 -> BadQuery; the rest -> Internal, with the
// server's words in detail() and never in what(). One thread at a time per Connection.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

struct pg_conn;    // PGconn
struct pg_result;  // PGresult

namespace vo::pg {

// NULL is an absent value.
class Param {
  public:
    Param(std::nullopt_t) {}

    Param(std::string_view text) : text_(text) {}

    Param(const std::string& text) : text_(text) {}

    Param(const char* text) : text_(text) {}

    Param(bool value) : text_(value ? "t" : "f") {}

    Param(int value) : text_(std::to_string(value)) {}

    Param(std::int64_t value) : text_(std::to_string(value)) {}

    Param(double value);

    template <typename T>
    Param(const std::optional<T>& value) {
        if (value) *this = Param(*value);
    }

    [[nodiscard]] const char* c_str() const { return text_ ? text_->c_str() : nullptr; }

  private:
    std::optional<std::string> text_;
};

// The text form of an array of texts, for a parameter that is cast to text[]; an absent value is NULL.
[[nodiscard]] std::string array_text(const std::vector<std::optional<std::string>>& values);

// A small, whole result.
class Result {
  public:
    explicit Result(pg_result* result);

    [[nodiscard]] int rows() const;
    [[nodiscard]] int columns() const;
    [[nodiscard]] bool is_null(int row, int column) const;
    // The text of the value; empty for NULL.
    [[nodiscard]] std::string_view text(int row, int column) const;
    [[nodiscard]] std::int64_t integer(int row, int column) const;
    [[nodiscard]] double number(int row, int column) const;
    // No value for NULL.
    [[nodiscard]] std::optional<std::int64_t> find_integer(int row, int column) const;

    [[nodiscard]] bool boolean(int row, int column) const { return text(row, column) == "t"; }

    // Rows changed by INSERT, UPDATE, DELETE.
    [[nodiscard]] std::int64_t affected() const;

    [[nodiscard]] const pg_result* get() const { return result_.get(); }

  private:
    std::unique_ptr<pg_result, void (*)(pg_result*)> result_;
};

// A statement that each connection is told once, under its name: what is asked many times a second is
// then neither parsed nor, mostly, planned anew. REQUIRES: one name, one text.
struct Statement {
    std::string name;
    std::string sql;
};

struct Call {
    const Statement& statement;
    std::vector<Param> params = {};
};

class Connection {
  public:
    // Throws Busy when the server cannot be reached.
    Connection(const std::string& conninfo, const std::string& application_name);

    Result exec(const std::string& sql, const std::vector<Param>& params = {});
    Result exec(const Statement& statement, const std::vector<Param>& params = {});
    // All in one trip to the server, one after the other, each by itself unless they say BEGIN and
    // COMMIT. Throws the first failure when all are through: it undoes and stops no more than what
    // stands between the same BEGIN and COMMIT. For small parameters and results.
    std::vector<Result> exec(const std::vector<Call>& calls);
    // Several statements in one text, as psql would run a file; no parameters.
    void exec_script(const std::string& sql);

    // False once the connection was lost.
    [[nodiscard]] bool is_alive() const;
    // Asks the server to stop the running statement; false when it cannot be asked. Safe from another
    // thread.
    bool cancel() noexcept;
    // The user name this connection logged in as.
    [[nodiscard]] std::string user() const;
    // Called with each NOTICE and WARNING of the server.
    void on_notice(std::function<void(std::string_view)> handler);

    // For rows.cc and copy.cc.
    [[nodiscard]] pg_conn* handle() const { return conn_.get(); }

  private:
    void prepare(const Statement& statement);

    std::unique_ptr<pg_conn, void (*)(pg_conn*)> conn_;
    std::set<std::string, std::less<>> prepared_;
    std::unique_ptr<std::function<void(std::string_view)>> notice_;
};

// Rolls back unless committed. `begin` may have statements after BEGIN.
class Transaction {
  public:
    explicit Transaction(Connection& connection, std::string_view begin = "BEGIN");
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    void commit();

  private:
    Connection& connection_;
    bool open_ = true;
};

// Throws the Error that stands for the connection's or result's failure. For this folder.
[[noreturn]] void throw_failure(pg_conn* connection, const pg_result* result);

// The user name in a connection string, empty when it names none.
[[nodiscard]] std::string conninfo_user(const std::string& conninfo);
// The same of the database.
[[nodiscard]] std::string conninfo_database(const std::string& conninfo);
[[nodiscard]] bool conninfo_has_password(const std::string& conninfo);
// The connection string with one keyword set anew, whichever of libpq's two forms it came in.
// Throws BadRequest when libpq cannot read it.
[[nodiscard]] std::string conninfo_with(const std::string& conninfo,
                                        std::string_view keyword,
                                        const std::string& value);

}  // namespace vo::pg
