// SPDX-License-Identifier: Apache-2.0
// Civil time: ISO 8601 in UTC to and from microseconds since 1970, in the two spellings that the
// standards ask for: DALI 1.1 §3.3.3 timestamps (no zone) and UWS 1.1 instants (with Z).
// Astronomical time scales (TT, leap seconds) are not here: see obscore/mission_time.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vo {

// Microseconds since 1970-01-01T00:00:00 UTC, leap seconds not counted (POSIX).
using Micros = std::int64_t;

inline constexpr std::int64_t kSecondsOfDay = 86'400;

// "2026-11-23T10:08:32.123Z": milliseconds, for UWS, HTTP logs and VOSI.
[[nodiscard]] std::string format_utc(Micros t);

// "2026-11-23T10:08:32" with up to six decimals, trailing zeros dropped: DALI timestamp.
void append_timestamp(std::string& out, Micros t);

// YYYY-MM-DD['T'hh:mm[:ss[.s...]]]['Z'], a blank allowed for the T. No value for anything else.
[[nodiscard]] std::optional<Micros> parse_timestamp(std::string_view text);

// "Sat, 28 Nov 2026 18:33:53 GMT", of HTTP (RFC 9110 §5.6.7), and back; no value for the two
// obsolete forms, which no client of today writes.
[[nodiscard]] std::string format_http_date(Micros t);
[[nodiscard]] std::optional<Micros> parse_http_date(std::string_view text);

[[nodiscard]] Micros now_utc();

}  // namespace vo
