// SPDX-License-Identifier: Apache-2.0
// COPY FROM STDIN in binary: framing and the end of the conversation.
#include "pg/copy.h"

#include <memory>

#include <libpq-fe.h>

#include "base/text.h"
#include "pg/connection.h"

namespace vo::pg {

namespace {

using ResultPtr = std::unique_ptr<pg_result, void (*)(pg_result*)>;

}  // namespace

CopyIn::CopyIn(Connection& connection, const std::string& table_and_columns)
    : connection_(connection) {
    const std::string sql = "COPY " + table_and_columns + " FROM STDIN (FORMAT binary)";
    const ResultPtr result(PQexec(connection_.handle(), sql.c_str()), PQclear);
    if (PQresultStatus(result.get()) != PGRES_COPY_IN)
        throw_failure(connection_.handle(), result.get());
    buffer_.append("PGCOPY\n\377\r\n\0", 11);
    append_big(buffer_, std::int32_t{0});
    append_big(buffer_, std::int32_t{0});
}

CopyIn::~CopyIn() {
    if (!open_) return;
    PQputCopyEnd(connection_.handle(), "given up");
    while (const auto* result = PQgetResult(connection_.handle()))
        PQclear(const_cast<pg_result*>(result));
}

void CopyIn::flush() {
    send(buffer_);
    buffer_.clear();
}

// In pieces, for libpq keeps room for the largest one as long as the connection lives.
void CopyIn::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto piece = bytes.substr(0, kFlushBytes);
        if (PQputCopyData(connection_.handle(), piece.data(), static_cast<int>(piece.size())) != 1)
            throw_failure(connection_.handle(), nullptr);
        bytes.remove_prefix(piece.size());
    }
}

std::int64_t CopyIn::finish() {
    append_big(buffer_, std::int16_t{-1});
    flush();
    if (PQputCopyEnd(connection_.handle(), nullptr) != 1)
        throw_failure(connection_.handle(), nullptr);
    open_ = false;
    std::int64_t rows = 0;
    ResultPtr failure(nullptr, PQclear);
    // The connection takes no new statement until PQgetResult has answered NULL.
    for (ResultPtr result(PQgetResult(connection_.handle()), PQclear); result;
         result.reset(PQgetResult(connection_.handle()))) {
        if (PQresultStatus(result.get()) == PGRES_COMMAND_OK)
            rows = parse_integer(PQcmdTuples(result.get())).value_or(0);
        else
            failure = std::move(result);
    }
    if (failure) throw_failure(connection_.handle(), failure.get());
    return rows;
}

}  // namespace vo::pg
