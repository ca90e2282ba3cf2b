// SPDX-License-Identifier: Apache-2.0
// A pair of sockets, one of which is shut.
#include "cancel.h"

#include <array>

#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"

namespace vo::worker {

Cancel::Cancel() {
    std::array<int, 2> pair{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0)
        throw Error(Code::Busy, "the worker has no descriptors left");
    mine_ = pair[0];
    theirs_ = pair[1];
}

Cancel::~Cancel() {
    ::close(mine_);
    ::close(theirs_);
}

void Cancel::fire(Reason reason) {
    auto none = Reason::None;
    if (reason_.compare_exchange_strong(none, reason)) ::shutdown(theirs_, SHUT_RDWR);
}

void Cancel::check() const {
    if (reason_ != Reason::None) throw Error(Code::Busy, "the work on the job was stopped");
}

}  // namespace vo::worker
