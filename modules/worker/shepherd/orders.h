// SPDX-License-Identifier: Apache-2.0
// What a worker and the shepherd of one of its programs say to each other, and how it is written:
// packets over a pair of SOCK_SEQPACKET sockets, whose fields end with NUL. The plan comes first,
// in as many packets as it needs; the only other order is kStopOrder. Reports are one packet each,
// the last one a ProcessEnd.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vo::worker {

// What is to run, and within which limits. Nothing in it is seen by a shell.
struct ProcessPlan {
    std::vector<std::string> command;  // the arguments; the first is the program, an absolute path
    std::vector<std::string> environment;  // NAME=value: all there is, but for VOGATE_PROGRESS_FD=3
    std::string work_dir;                  // is there; given to `user`, but not what lies in it
    std::string stdout_path;               // these two are made, outside of work_dir
    std::string stderr_path;
    std::string user;            // who runs it; empty: who runs the worker, unless that is root
    std::int64_t memory_mb = 0;  // of all its processes together; 0: no limit
    std::int64_t disk_mb = 0;    // of all that lies in work_dir; 0: no limit
    std::int64_t log_bytes = 1'000'000;  // of each of the two files
    // At once, threads counted as such. Of `user`, eight times as many in all jobs together.
    std::int64_t processes = 512;
    std::int64_t open_files = 1024;  // of each process
    std::int64_t nice = 0;
    std::chrono::milliseconds grace{10'000};  // from SIGTERM to SIGKILL
};

struct ProcessEnd {
    enum class How {
        Exited,      // status: of its exit
        Signal,      // status: the number
        Stopped,     // by order
        Memory,      // more than memory_mb
        Disk,        // more than disk_mb, in all or in one file
        Processes,   // more than `processes`
        NotStarted,  // status: errno where there is one, EAGAIN and ENOSPC among them
        Lost,        // its shepherd was killed
    };

    How how = How::Lost;
    int status = 0;
    std::string words;  // a sentence for the user; empty for an exit with 0
    std::int64_t peak_memory_bytes = 0;
    double cpu_s = 0;
    double wall_s = 0;
};

// The last line that the program wrote to its descriptor 3: "PERCENT words".
struct Progress {
    std::optional<double> percent;  // none before the first line
    std::string words;              // UTF-8 without control characters, kMostWords bytes at most
};

using Report = std::variant<Progress, ProcessEnd>;

inline constexpr int kProgressDescriptor = 3;
inline constexpr std::size_t kMostWords = 200;
inline constexpr std::size_t kMostPacket = 32'768;
// Linux has the room for three times as much where stacks have their usual 8 MB.
inline constexpr std::size_t kMostPlan = 1 << 20;
inline constexpr std::string_view kStopOrder = "stop";

// Throws BadRequest for a plan that cannot be carried out anywhere: a NUL, an argument too long.
[[nodiscard]] std::string write_plan(const ProcessPlan& plan);
// Throws Internal for anything that write_plan() does not write.
[[nodiscard]] ProcessPlan read_plan(std::string_view bytes);

// The first packet, which announces how many bytes of plan follow it.
[[nodiscard]] std::string write_announcement(std::size_t plan_bytes);
[[nodiscard]] std::size_t read_announcement(std::string_view packet);

// UTF-8 for a line on a page, whatever the text is: control characters become blanks, broken ones
// U+FFFD; trimmed, and cut to that many bytes.
[[nodiscard]] std::string clean_words(std::string_view text, std::size_t bytes);

// At most kMostPacket bytes. Words are cleaned.
[[nodiscard]] std::string write_report(const Report& report);
// Throws Internal for anything that write_report() does not write.
[[nodiscard]] Report read_report(std::string_view packet);

}  // namespace vo::worker
