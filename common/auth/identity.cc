// SPDX-License-Identifier: Apache-2.0
// REMOTE_USER to a row of auth.principal.
#include "auth/identity.h"

#include "base/error.h"
#include "base/text.h"

namespace vo::auth {

namespace {

constexpr std::size_t kLongestName = 256;
constexpr std::size_t kMostKnown = 100'000;

}  // namespace

std::optional<Identity> find_identity(const http::Request& request, const std::string& realm) {
    const auto user = request.remote_user();
    if (!user) return std::nullopt;
    if (user->size() > kLongestName || find_bad_utf8(*user) != std::string_view::npos)
        throw Error(Code::Forbidden, "the user name that the web server gives is too long, or not UTF-8");
    return Identity{"basic:" + realm, std::string(*user), std::string(*user)};
}

std::int64_t Principals::get_principal(pg::Connection& db, const Identity& identity) {
    const std::pair key(identity.issuer, identity.subject);
    {
        const std::lock_guard lock(mutex_);
        if (const auto at = known_.find(key); at != known_.end()) return at->second;
    }
    // The update makes RETURNING answer for a row that is there already.
    const auto row = db.exec(
        "INSERT INTO auth.principal (issuer, subject, display) VALUES ($1, $2, $3) "
        "ON CONFLICT (issuer, subject) DO UPDATE SET display = EXCLUDED.display RETURNING principal",
        {identity.issuer, identity.subject, identity.display});
    const auto principal = row.integer(0, 0);
    const std::lock_guard lock(mutex_);
    if (known_.size() >= kMostKnown) known_.clear();
    known_.emplace(key, principal);
    return principal;
}

}  // namespace vo::auth
