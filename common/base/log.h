// SPDX-License-Identifier: Apache-2.0
// One line per event on standard error: time, level, program, event, then key=value pairs.
//
//     log::info("request", {{"id", id}, {"status", "200"}, {"rows", std::to_string(n)}});
//
// Values with blanks, quotes or control characters are quoted and escaped, so that a line stays
// a line whatever a client sent. Any thread; a line is one write().
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vo::log {

enum class Level { Debug, Info, Warn, Error };

using Field = std::pair<std::string_view, std::string>;

// REQUIRES: called before other threads log.
void set_program(std::string name);
void set_level(Level level);
// "debug", "info", "warn", "error"; anything else is a BadRequest.
[[nodiscard]] Level parse_level(std::string_view word);

void write(Level level, std::string_view event, const std::vector<Field>& fields);

inline void debug(std::string_view event, const std::vector<Field>& fields = {}) {
    write(Level::Debug, event, fields);
}

inline void info(std::string_view event, const std::vector<Field>& fields = {}) {
    write(Level::Info, event, fields);
}

inline void warn(std::string_view event, const std::vector<Field>& fields = {}) {
    write(Level::Warn, event, fields);
}

inline void error(std::string_view event, const std::vector<Field>& fields = {}) {
    write(Level::Error, event, fields);
}

}  // namespace vo::log
