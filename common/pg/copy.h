// SPDX-License-Identifier: Apache-2.0
// COPY ... FROM STDIN (FORMAT binary): the fast way in.
//
//     pg::CopyIn copy(db, "dl3.events (obs, event_id, ra)");
//     for (...) { copy.row(3); copy.put(obs); copy.put(id); copy.put_null(); }
//     const auto rows = copy.finish();
//
// REQUIRES: each row puts exactly as many values as it announced, each in the exact type of its
// column (an int32 into a bigint column is refused by the server). Without finish() the COPY is
// given up and nothing stays. Errors as in pg/connection.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/cell.h"

namespace vo::pg {

class Connection;

class CopyIn {
  public:
    CopyIn(Connection& connection, const std::string& table_and_columns);
    ~CopyIn();
    CopyIn(const CopyIn&) = delete;
    CopyIn& operator=(const CopyIn&) = delete;

    void row(std::int16_t values) {
        if (buffer_.size() >= kFlushBytes) flush();
        append_big(buffer_, values);
    }

    template <typename T>
    requires std::is_arithmetic_v<T>

    void put(T value) {
        append_big(buffer_, static_cast<std::int32_t>(sizeof value));
        append_big(buffer_, value);
    }

    void put(std::string_view text) {
        append_big(buffer_, static_cast<std::int32_t>(text.size()));
        if (text.size() < kFlushBytes) {
            buffer_ += text;
            return;
        }
        flush();
        send(text);
    }

    // A whole row, cells in the wire form of their columns.
    void put(const Row& values) {
        row(static_cast<std::int16_t>(values.size()));
        for (const auto& cell : values)
            if (cell.is_null())
                put_null();
            else
                put(cell.bytes());
    }

    void put_null() { append_big(buffer_, std::int32_t{-1}); }

    // Ends the COPY; returns the rows that the server took.
    std::int64_t finish();

  private:
    static constexpr std::size_t kFlushBytes = 65536;

    void flush();
    void send(std::string_view bytes);

    Connection& connection_;
    std::string buffer_;
    bool open_ = true;
};

}  // namespace vo::pg
