// SPDX-License-Identifier: Apache-2.0
// `vogate doctor`: what the checks share. A check is one row of a table in site.cc, database.cc or
// web.cc: it looks at one thing, changes nothing, and answers one Finding.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/config.h"
#include "pg/connection.h"

namespace vo::vogate::doctor {

enum class Verdict { Ok, Warn, Fail };

// fact: what was found, without passwords. remedy: what the administrator does about it.
struct Finding {
    Verdict verdict = Verdict::Ok;
    std::string fact;
    std::string remedy;
};

inline Finding ok(std::string fact) {
    return {Verdict::Ok, std::move(fact), {}};
}

inline Finding warn(std::string fact, std::string remedy) {
    return {Verdict::Warn, std::move(fact), std::move(remedy)};
}

inline Finding fail(std::string fact, std::string remedy) {
    return {Verdict::Fail, std::move(fact), std::move(remedy)};
}

// What the checks know and what the earlier ones leave for the later ones.
struct Subject {
    std::string config_path;
    std::optional<Config> config;
    // The query role's, which is all that the services have.
    std::optional<pg::Connection> db;
    bool web_answers = false;
};

// Without it a check is not run: the reason was told before.
enum class Needs { Nothing, Config, Database, Web };

struct Check {
    std::string_view name;
    Needs needs;
    Finding (*run)(Subject& subject);
    // The remedy when the check ends in an Error.
    std::string_view otherwise = "";
};

[[nodiscard]] std::span<const Check> site_checks();
[[nodiscard]] std::span<const Check> database_checks();
[[nodiscard]] std::span<const Check> web_checks();

}  // namespace vo::vogate::doctor
