// SPDX-License-Identifier: Apache-2.0
// Tests of fits/inflate: whole, cut short, damaged, too large.
#include "fits/inflate.h"

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include <cppunit/extensions/HelperMacros.h>
#include <unistd.h>
#include <zlib.h>

#include "base/error.h"
#include "base/sink.h"

namespace {

constexpr std::size_t kPlenty = 1U << 30U;

std::string gzip(const std::string& text) {
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    std::vector<unsigned char> in(text.begin(), text.end());
    std::vector<unsigned char> out(deflateBound(&stream, in.size()) + 32);
    stream.next_in = in.data();
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    const std::string packed(out.begin(),
                             out.begin() + static_cast<std::ptrdiff_t>(stream.total_out));
    deflateEnd(&stream);
    return packed;
}

class InflateTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(InflateTest);
    CPPUNIT_TEST(members_one_after_another);
    CPPUNIT_TEST(grows_with_the_data);
    CPPUNIT_TEST(every_cut_is_seen);
    CPPUNIT_TEST(a_wrong_checksum_is_seen);
    CPPUNIT_TEST(a_bomb_is_refused);
    CPPUNIT_TEST(to_a_sink_in_pieces);
    CPPUNIT_TEST_SUITE_END();

  public:
    void setUp() override {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "vogate-gz-XXXXXX").string();
        CPPUNIT_ASSERT(::mkdtemp(pattern.data()) != nullptr);
        folder_ = pattern;
    }

    void tearDown() override { std::filesystem::remove_all(folder_); }

  private:
    std::string inflated(const std::string& packed, std::size_t most = kPlenty) const {
        const auto path = folder_ + "/a.gz";
        std::ofstream(path, std::ios::binary) << packed;
        const auto memory = vo::fits::inflate_file(path, most);
        return {static_cast<const char*>(memory.bytes.get()), memory.size};
    }

    void members_one_after_another() {
        CPPUNIT_ASSERT_EQUAL(std::string("one two"), inflated(gzip("one ") + gzip("two")));
        CPPUNIT_ASSERT_EQUAL(std::string("one"), inflated(gzip("one") + std::string(512, '\0')));
    }

    void grows_with_the_data() {
        const std::string much(5'000'000, 'x');
        CPPUNIT_ASSERT(inflated(gzip(much)) == much);
    }

    void every_cut_is_seen() {
        const auto packed = gzip("some words that are not very long");
        for (std::size_t size = 0; size < packed.size(); ++size)
            CPPUNIT_ASSERT_THROW(static_cast<void>(inflated(packed.substr(0, size))), vo::Error);
    }

    void a_wrong_checksum_is_seen() {
        auto packed = gzip("some words");
        packed[packed.size() - 6] ^= 1;
        CPPUNIT_ASSERT_THROW(static_cast<void>(inflated(packed)), vo::Error);
    }

    void a_bomb_is_refused() {
        const auto bomb = gzip(std::string(64U << 20U, '\0'));
        CPPUNIT_ASSERT(bomb.size() < 100'000);
        try {
            static_cast<void>(inflated(bomb, 16U << 20U));
            CPPUNIT_FAIL("a bomb was unpacked");
        } catch (const vo::Error& error) {
            CPPUNIT_ASSERT(error.code() == vo::Code::TooLarge);
        }
    }

    void to_a_sink_in_pieces() {
        std::string much;
        for (std::uint64_t i = 0; i < 1'000'000; ++i)
            much += static_cast<char>(i * i % 253);
        const auto path = folder_ + "/a.gz";
        std::ofstream(path, std::ios::binary) << gzip(much) << gzip("end");
        std::string out;
        vo::StringSink sink(out);
        vo::fits::inflate_file(path, kPlenty, sink);
        CPPUNIT_ASSERT(out == much + "end");
        out.clear();
        CPPUNIT_ASSERT_THROW(vo::fits::inflate_file(path, 300'000, sink), vo::Error);
        CPPUNIT_ASSERT_EQUAL(std::size_t{300'000}, out.size());
    }

    std::string folder_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(InflateTest);

}  // namespace
