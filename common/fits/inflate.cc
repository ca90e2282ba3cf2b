// SPDX-License-Identifier: Apache-2.0
// gzip (RFC 1952), members one after another as pigz and cat make them, by zlib.
#include "fits/inflate.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <vector>

#include <zlib.h>

#include "base/error.h"

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

void grow(Memory& memory, std::size_t capacity, const std::string& name) {
    void* bigger = std::realloc(memory.bytes.get(), capacity);
    if (bigger == nullptr)
        throw Error(Code::TooLarge, name + " does not fit into this machine's memory");
    static_cast<void>(memory.bytes.release());
    memory.bytes.reset(bigger);
}

}  // namespace

Memory inflate_file(const std::string& path, std::size_t most_bytes) {
    const std::string name = std::filesystem::path(path).filename().string();
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                               std::fclose);
    if (!file) throw Error(Code::BadRequest, name + " cannot be opened: " + std::strerror(errno));
    Inflater inflater(name);
    auto& stream = inflater.stream;
    std::vector<unsigned char> in(1U << 17U);
    Memory out;
    std::size_t capacity = 1U << 20U;
    grow(out, capacity, name);
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
        if (out.size == capacity) {
            if (capacity >= most_bytes)
                throw Error(Code::TooLarge, name + " unpacks to more than " +
                                                std::to_string(most_bytes >> 20U) +
                                                " MiB; unpack it on disk and ingest that file");
            capacity = std::min(capacity * 2, most_bytes);
            grow(out, capacity, name);
        }
        const auto room = std::min<std::size_t>(capacity - out.size, 1U << 30U);
        stream.next_out = static_cast<unsigned char*>(out.bytes.get()) + out.size;
        stream.avail_out = static_cast<uInt>(room);
        const int state = inflate(&stream, Z_NO_FLUSH);
        out.size += room - stream.avail_out;
        if (state == Z_STREAM_END) {
            member_open = false;
        } else if (state != Z_OK && state != Z_BUF_ERROR) {
            throw Error(Code::BadRequest, name + " is corrupt: its gzip data cannot be unpacked")
                .with_detail(stream.msg != nullptr ? stream.msg : "zlib gave no reason");
        }
    }
    if (member_open)
        throw Error(Code::BadRequest, name + " is truncated: its gzip data end too early");
    return out;
}

}  // namespace vo::fits
