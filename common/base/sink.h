// SPDX-License-Identifier: Apache-2.0
// Sink: bytes go here. One of the three abstract classes of the project (the others are
// table::Writer and table::Reader), so that one serialiser serves a socket, a file and a test's string.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vo {

class Sink {
  public:
    Sink() = default;
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;
    virtual ~Sink() = default;

    // Throws Error when the bytes cannot go (the client left, the disk is full).
    virtual void write(std::string_view bytes) = 0;

    // What was written so far becomes visible to the receiver.
    virtual void flush() {}

    // How many bytes will be written in all, where that is known before the first.
    virtual void announce(std::int64_t /*bytes*/) {}
};

// Collects in a string.
class StringSink final : public Sink {
  public:
    explicit StringSink(std::string& out) : out_(out) {}

    void write(std::string_view bytes) override { out_ += bytes; }

  private:
    std::string& out_;
};

}  // namespace vo
