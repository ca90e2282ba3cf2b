// SPDX-License-Identifier: Apache-2.0
// Closing, and sending of packets.
#include "descriptor.h"

#include <cerrno>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace vo::worker {

void Descriptor::close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
}

bool send_packet(int socket, std::string_view packet, int patience_ms) {
    while (::send(socket, packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
        if (errno == EINTR) continue;
        if (errno != EAGAIN) return false;
        pollfd room{socket, POLLOUT, 0};
        const int ready = ::poll(&room, 1, patience_ms);
        if (ready == 0 || (ready < 0 && errno != EINTR)) return false;
    }
    return true;
}

}  // namespace vo::worker
