// SPDX-License-Identifier: Apache-2.0
// The tables of phases and moves.
#include "uws/phase.h"

#include <algorithm>
#include <array>

namespace vo::uws {

namespace {

constexpr std::array kPhases{
    PhaseRow{Phase::Pending, "PENDING", true},
    PhaseRow{Phase::Queued, "QUEUED", true},
    PhaseRow{Phase::Executing, "EXECUTING", true},
    PhaseRow{Phase::Completed, "COMPLETED", false},
    PhaseRow{Phase::Error, "ERROR", false},
    PhaseRow{Phase::Unknown, "UNKNOWN", true},
    PhaseRow{Phase::Held, "HELD", true},
    PhaseRow{Phase::Suspended, "SUSPENDED", true},
    PhaseRow{Phase::Aborted, "ABORTED", false},
    PhaseRow{Phase::Archived, "ARCHIVED", false},
};

struct MoveRow {
    Move move;
    Phase from;
    Phase to;
};

constexpr std::array kMoves{
    MoveRow{Move::Run, Phase::Pending, Phase::Queued},
    MoveRow{Move::Run, Phase::Held, Phase::Queued},
    MoveRow{Move::Abort, Phase::Pending, Phase::Aborted},
    MoveRow{Move::Abort, Phase::Queued, Phase::Aborted},
    MoveRow{Move::Abort, Phase::Executing, Phase::Aborted},
    MoveRow{Move::Abort, Phase::Held, Phase::Aborted},
    MoveRow{Move::Abort, Phase::Suspended, Phase::Aborted},
    MoveRow{Move::Abort, Phase::Unknown, Phase::Aborted},
    MoveRow{Move::Start, Phase::Queued, Phase::Executing},
    MoveRow{Move::Complete, Phase::Executing, Phase::Completed},
    MoveRow{Move::Fail, Phase::Executing, Phase::Error},
    MoveRow{Move::HandBack, Phase::Executing, Phase::Queued},
};

}  // namespace

std::span<const PhaseRow> phases() {
    return kPhases;
}

std::string_view word_of(Phase phase) {
    return kPhases[static_cast<std::size_t>(phase)].word;
}

bool is_active(Phase phase) {
    return kPhases[static_cast<std::size_t>(phase)].active;
}

std::optional<Phase> find_phase(std::string_view word) {
    for (const auto& row : kPhases)
        if (row.word == word) return row.phase;
    return std::nullopt;
}

bool allows(Move move, Phase from) {
    return std::any_of(kMoves.begin(), kMoves.end(), [&](const MoveRow& row) {
        return row.move == move && row.from == from;
    });
}

Phase target_of(Move move) {
    return std::find_if(kMoves.begin(), kMoves.end(),
                        [&](const MoveRow& row) { return row.move == move; })
        ->to;
}

std::string sql_sources(Move move) {
    std::string list;
    for (const auto& row : kMoves) {
        if (row.move != move) continue;
        list += (list.empty() ? "'" : ", '") + std::string(word_of(row.from)) + '\'';
    }
    return list;
}

}  // namespace vo::uws
