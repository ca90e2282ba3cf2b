// SPDX-License-Identifier: Apache-2.0
// Log lines: formatting, escaping, one write() each.
#include "base/log.h"

#include <array>
#include <atomic>
#include <chrono>

#include <unistd.h>

#include "base/error.h"
#include "base/time.h"

namespace vo::log {

namespace {

constexpr std::array<std::string_view, 4> kLevelNames{"debug", "info", "warn", "error"};

std::string program_name = "vogate";
std::atomic<Level> lowest{Level::Info};

void append_value(std::string& line, std::string_view value) {
    const bool plain = !value.empty() && value.find_first_of(" \"=\\") == std::string_view::npos &&
                       value.find_first_of(
                           std::string_view("\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\r\x0e"
                                            "\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b"
                                            "\x1c\x1d\x1e\x1f\x7f",
                                            33)) == std::string_view::npos;
    if (plain) {
        line += value;
        return;
    }
    constexpr std::string_view kHex = "0123456789abcdef";
    line += '"';
    for (const char c : value) {
        const auto u = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            line += '\\';
            line += c;
        } else if (c == '\n') {
            line += "\\n";
        } else if (u < 0x20 || u == 0x7f) {
            line += "\\x";
            line += kHex[u >> 4U];
            line += kHex[u & 15U];
        } else {
            line += c;
        }
    }
    line += '"';
}

}  // namespace

void set_program(std::string name) {
    program_name = std::move(name);
}

void set_level(Level level) {
    lowest = level;
}

Level parse_level(std::string_view word) {
    for (std::size_t i = 0; i < kLevelNames.size(); ++i)
        if (kLevelNames[i] == word) return static_cast<Level>(i);
    throw Error(Code::BadRequest, "a log level is one of debug, info, warn, error");
}

void write(Level level, std::string_view event, const std::vector<Field>& fields) {
    if (level < lowest) return;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    std::string line =
        format_utc(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
    line += ' ';
    line += kLevelNames[static_cast<std::size_t>(level)];
    line += ' ';
    line += program_name;
    line += '[' + std::to_string(getpid()) + "] ";
    line += event;
    for (const auto& [key, value] : fields) {
        line += ' ';
        line += key;
        line += '=';
        append_value(line, value);
    }
    line += '\n';
    // A log that cannot be written must not stop the service.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace vo::log
