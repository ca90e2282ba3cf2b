// SPDX-License-Identifier: Apache-2.0
// A descriptor that closes itself.
#pragma once

#include <string_view>
#include <utility>

namespace vo::worker {

class Descriptor {
  public:
    explicit Descriptor(int number = -1) : number_(number) {}

    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }

    ~Descriptor() { close(); }

    void close();

    [[nodiscard]] int get() const { return number_; }

    [[nodiscard]] bool is_open() const { return number_ >= 0; }

  private:
    int number_;
};

// One packet, as soon as there is room for it. False when the other end is gone, or when none came
// within that time; -1 waits as long as it takes.
bool send_packet(int socket, std::string_view packet, int patience_ms);

}  // namespace vo::worker
