// SPDX-License-Identifier: Apache-2.0
// Civil time to text and back, by the days-from-civil arithmetic of <chrono>.
#include "base/time.h"

#include <charconv>
#include <chrono>
#include <ctime>

namespace vo {

namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::microseconds;
using std::chrono::sys_days;
using std::chrono::sys_time;
using std::chrono::year_month_day;

void append_padded(std::string& out, std::int64_t value, int width) {
    char digits[20];
    const auto [end, ec] = std::to_chars(digits, digits + sizeof digits, value);
    for (auto n = end - digits; n < width; ++n)
        out += '0';
    out.append(digits, end);
}

// Appends date, T and time of day to the second; returns the microseconds left over.
std::int64_t append_seconds(std::string& out, Micros t) {
    const sys_time<microseconds> instant{microseconds(t)};
    const auto day = floor<days>(instant);
    const year_month_day date{day};
    const auto in_day = (instant - day).count();
    int year = static_cast<int>(date.year());
    if (year < 0) {
        out += '-';
        year = -year;
    }
    append_padded(out, year, 4);
    out += '-';
    append_padded(out, static_cast<unsigned>(date.month()), 2);
    out += '-';
    append_padded(out, static_cast<unsigned>(date.day()), 2);
    out += 'T';
    append_padded(out, in_day / 3'600'000'000, 2);
    out += ':';
    append_padded(out, in_day / 60'000'000 % 60, 2);
    out += ':';
    append_padded(out, in_day / 1'000'000 % 60, 2);
    return in_day % 1'000'000;
}

// Takes exactly `width` digits off the front.
bool take_number(std::string_view& text, std::size_t width, int& value) {
    if (text.size() < width) return false;
    for (std::size_t i = 0; i < width; ++i)
        if (text[i] < '0' || text[i] > '9') return false;
    std::from_chars(text.data(), text.data() + width, value);
    text.remove_prefix(width);
    return true;
}

bool take_char(std::string_view& text, char c) {
    if (text.empty() || text.front() != c) return false;
    text.remove_prefix(1);
    return true;
}

}  // namespace

std::string format_utc(Micros t) {
    std::string out;
    const auto rest = append_seconds(out, t);
    out += '.';
    append_padded(out, rest / 1000, 3);
    out += 'Z';
    return out;
}

void append_timestamp(std::string& out, Micros t) {
    const auto rest = append_seconds(out, t);
    if (rest == 0) return;
    out += '.';
    append_padded(out, rest, 6);
    while (out.back() == '0')
        out.pop_back();
}

std::optional<Micros> parse_timestamp(std::string_view text) {
    int year = 0;
    int month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    if (!take_number(text, 4, year) || !take_char(text, '-') || !take_number(text, 2, month) ||
        !take_char(text, '-') || !take_number(text, 2, day))
        return {};
    std::int64_t fraction_us = 0;
    if (take_char(text, 'T') || take_char(text, ' ')) {
        if (!take_number(text, 2, hour) || !take_char(text, ':') || !take_number(text, 2, minute))
            return {};
        if (take_char(text, ':')) {
            if (!take_number(text, 2, second)) return {};
            if (take_char(text, '.')) {
                std::int64_t scale = 100'000;
                int digit = 0;
                if (!take_number(text, 1, digit)) return {};
                do {
                    fraction_us += digit * scale;
                    scale /= 10;
                } while (take_number(text, 1, digit));
            }
        }
    }
    take_char(text, 'Z');
    const year_month_day date{std::chrono::year(year),
                              std::chrono::month(static_cast<unsigned>(month)),
                              std::chrono::day(static_cast<unsigned>(day))};
    if (!text.empty() || !date.ok() || hour > 23 || minute > 59 || second > 60) return {};
    const auto days_since_epoch = sys_days(date).time_since_epoch().count();
    const auto seconds = ((std::int64_t{days_since_epoch} * 24 + hour) * 60 + minute) * 60 + second;
    return seconds * 1'000'000 + fraction_us;
}

std::string format_http_date(Micros t) {
    const auto seconds = static_cast<time_t>(t / 1'000'000);
    tm parts{};
    gmtime_r(&seconds, &parts);
    char text[40];
    // The C locale is in force: no program of ours sets another.
    return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

std::optional<Micros> parse_http_date(std::string_view text) {
    tm parts{};
    const std::string copy(text);
    const char* end = strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    if (end == nullptr || *end != '\0') return {};
    return Micros{timegm(&parts)} * 1'000'000;
}

Micros now_utc() {
    return std::chrono::duration_cast<microseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

}  // namespace vo
