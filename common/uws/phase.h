// SPDX-License-Identifier: Apache-2.0
// The phases of a job and the moves between them: UWS 1.1 §2.1.3, one table.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace vo::uws {

enum class Phase {
    Pending,
    Queued,
    Executing,
    Completed,
    Error,
    Unknown,
    Held,
    Suspended,
    Aborted,
    Archived,
};

struct PhaseRow {
    Phase phase;
    std::string_view word;
    bool active;  // it will change yet: WAIT blocks, ABORT makes sense
};

[[nodiscard]] std::span<const PhaseRow> phases();
[[nodiscard]] std::string_view word_of(Phase phase);
[[nodiscard]] bool is_active(Phase phase);
// Exactly as the standard writes it.
[[nodiscard]] std::optional<Phase> find_phase(std::string_view word);

// What makes a job move.
enum class Move {
    Run,       // PHASE=RUN
    Abort,     // PHASE=ABORT, a limit
    Start,     // a worker claims it
    Complete,  // its worker says so
    Fail,
    HandBack,  // its worker stops, or was lost: another may begin anew
};

// Whether the move is legal from there.
[[nodiscard]] bool allows(Move move, Phase from);
[[nodiscard]] Phase target_of(Move move);
// The phases that it may begin in, as a list for SQL: 'PENDING', 'HELD'.
[[nodiscard]] std::string sql_sources(Move move);

}  // namespace vo::uws
