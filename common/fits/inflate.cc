// SPDX-License-Identifier: Apache-2.0
// gzip (RFC 1952), members one after another as pigz and cat make them, by zlib.
#include "fits/inflate.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>
#include <vector>

#include <zlib.h>

#include "base/error.h"
#include "base/sink.h"

namespace vo::fits {

namespace {

constexpr int kGzipOnly = 16 + MAX_WBITS;

class Inflater {
  public:
    explicit Inflater(const std::string& name) {
        if (inflateInit2(&stream, kGzipOnly) != Z_OK)
            throw Error(Code::Internal, name + " cannot be unpacked: no memory");
    }

    ~Inflater() { inflateEnd(&stream); }

    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    z_stream stream{};
};

class ToMemory final : public Sink {
  public:
    ToMemory(const std::string& name, std::size_t most_bytes)
        : name_(name), most_bytes_(most_bytes) {}

    void write(std::string_view bytes) override {
        while (capacity_ - memory.size < bytes.size() || capacity_ == 0)
            grow();
        std::memcpy(static_cast<char*>(memory.bytes.get()) + memory.size, bytes.data(),
                    bytes.size());
        memory.size += bytes.size();
    }

    Memory memory;

  private:
    void grow() {
        capacity_ = std::min(std::max<std::size_t>(capacity_ * 2, 1U << 20U), most_bytes_);
        void* bigger = std::realloc(memory.bytes.get(), capacity_);
        if (bigger == nullptr)
            throw Error(Code::TooLarge, name_ + " does not fit into this machine's memory");
        static_cast<void>(memory.bytes.release());
        memory.bytes.reset(bigger);
    }

    const std::string& name_;
    std::size_t most_bytes_;
    std::size_t capacity_ = 0;
};

std::string name_of(const std::string& path) {
    return std::filesystem::path(path).filename().string();
}

}  // namespace

void inflate_file(const std::string& path, std::size_t most_bytes, Sink& out) {
    const auto name = name_of(path);
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                               std::fclose);
    if (!file) throw Error(Code::BadRequest, name + " cannot be opened: " + std::strerror(errno));
    Inflater inflater(name);
    auto& stream = inflater.stream;
    std::vector<unsigned char> in(1U << 17U);
    std::vector<unsigned char> unpacked(1U << 17U);
    std::size_t taken = 0;
    bool member_open = true;
    for (;;) {
        if (stream.avail_in == 0) {
            const auto got = std::fread(in.data(), 1, in.size(), file.get());
            if (std::ferror(file.get()) != 0)
                throw Error(Code::BadRequest, name + " cannot be read: " + std::strerror(errno));
            if (got == 0) break;
            stream.next_in = in.data();
            stream.avail_in = static_cast<uInt>(got);
        }
        if (!member_open) {
            // gzip(1) ignores zeros after the last member; so do we.
            if (*stream.next_in == 0) {
                ++stream.next_in;
                --stream.avail_in;
                continue;
            }
            inflateReset(&stream);
            member_open = true;
        }
        if (taken == most_bytes)
            throw Error(Code::TooLarge, name + " unpacks to more than " +
                                            std::to_string(most_bytes >> 20U) +
                                            " MiB; unpack it on disk first");
        const auto size = std::min(unpacked.size(), most_bytes - taken);
        stream.next_out = unpacked.data();
        stream.avail_out = static_cast<uInt>(size);
        const int state = inflate(&stream, Z_NO_FLUSH);
        const auto got = size - stream.avail_out;
        out.write({reinterpret_cast<const char*>(unpacked.data()), got});
        taken += got;
        if (state == Z_STREAM_END) {
            member_open = false;
        } else if (state != Z_OK && state != Z_BUF_ERROR) {
            throw Error(Code::BadRequest, name + " is corrupt: its gzip data cannot be unpacked")
                .with_detail(stream.msg != nullptr ? stream.msg : "zlib gave no reason");
        }
    }
    if (member_open)
        throw Error(Code::BadRequest, name + " is truncated: its gzip data end too early");
}

Memory inflate_file(const std::string& path, std::size_t most_bytes) {
    const auto name = name_of(path);
    ToMemory memory(name, most_bytes);
    inflate_file(path, most_bytes, memory);
    return std::move(memory.memory);
}

}  // namespace vo::fits
