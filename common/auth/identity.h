// SPDX-License-Identifier: Apache-2.0
// Who asks. The web server logs people in; a service takes its word (REMOTE_USER), never a header
// of the client's own.
//
//     const auto identity = auth::find_identity(request, config.auth_realm);   // nullopt: anonymous
//     const auto principal = principals.get_principal(db, *identity);          // our number for it
//
// Names change when a site changes its way to log in, and two issuers may have the same name for
// two people. So all that belongs to a user refers to the number of a row of auth.principal, which
// has issuer and subject.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "http/request.h"
#include "pg/connection.h"

namespace vo::auth {

struct Identity {
    std::string issuer;   // "basic:REALM"
    std::string subject;  // the issuer's name of the user
    std::string display;
};

[[nodiscard]] std::optional<Identity> find_identity(const http::Request& request,
                                                    const std::string& realm);

// Numbers of identities, made at their first request; any thread.
class Principals {
  public:
    [[nodiscard]] std::int64_t get_principal(pg::Connection& db, const Identity& identity);

  private:
    std::mutex mutex_;
    std::map<std::pair<std::string, std::string>, std::int64_t> known_;
};

}  // namespace vo::auth
