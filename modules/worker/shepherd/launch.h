// SPDX-License-Identifier: Apache-2.0
// The step from a shepherd to the program that it looks after: who the program is, what it
// inherits, what it may use; and the execve at the end.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "descriptor.h"
#include "orders.h"

namespace vo::worker {

// Who runs a program.
struct Person {
    bool is_other = false;  // than we are; else the rest is of no account
    std::uint32_t user = 0;
    std::uint32_t group = 0;
    std::vector<std::uint32_t> groups;
};

// Throws Forbidden when the program would run as root, or as someone whom we cannot become.
[[nodiscard]] Person find_person(const std::string& user);

// Our ends of what the program writes to, none of which ever blocks us, and of the pipe that tells
// whether it became the program: 0 bytes when it did, else a Failure.
struct Pipes {
    Descriptor output;
    Descriptor errors;
    Descriptor progress;
    Descriptor failure;
};

enum class Step { Limits, User, Parent, Folder, Program };

struct Failure {
    Step step;
    int error_number;
};

struct Launched {
    int pid;  // also of its process group
    Pipes pipes;
};

// Throws Busy when the system has no room for it.
[[nodiscard]] Launched launch(const ProcessPlan& plan, const Person& person);

// For the user.
[[nodiscard]] std::string describe(const Failure& failure, const ProcessPlan& plan);

}  // namespace vo::worker
