// SPDX-License-Identifier: Apache-2.0
// TAP_SCHEMA to Catalog, and the holder that keeps the newest snapshot for all threads.
//
//     schema::CatalogHolder holder([&] { return pg::Connection(conninfo, "tap-sync catalog"); });
//     const auto catalog = holder.current();   // nullptr until the first one was read
//
// The holder's own thread polls vogate.catalog_version once per second over a connection of its
// own, and keeps the last snapshot while the database is away: metadata is then still served.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "pg/connection.h"
#include "schema/catalog.h"

namespace vo::schema {

[[nodiscard]] Catalog read_catalog(pg::Connection& connection);

class CatalogHolder {
  public:
    using Connect = std::function<pg::Connection()>;

    explicit CatalogHolder(Connect connect);
    ~CatalogHolder();
    CatalogHolder(const CatalogHolder&) = delete;
    CatalogHolder& operator=(const CatalogHolder&) = delete;

    // nullptr until the first snapshot was read.
    [[nodiscard]] std::shared_ptr<const Catalog> current() const { return catalog_.load(); }

    // The same, but throws Busy with the reason while there is none.
    [[nodiscard]] std::shared_ptr<const Catalog> get() const;

    // Empty when the last poll went well, else words for /availability. Just after the start it
    // waits for the first poll, at most 2 s.
    [[nodiscard]] std::string trouble() const;

  private:
    void poll_forever(const std::stop_token& stop);

    Connect connect_;
    std::atomic<std::shared_ptr<const Catalog>> catalog_;
    mutable std::mutex mutex_;
    mutable std::condition_variable_any wake_;
    bool polled_ = false;
    std::string trouble_ = "the database was not yet asked";
    std::jthread thread_;
};

}  // namespace vo::schema
