// SPDX-License-Identifier: Apache-2.0
// Tests of base/bytes: byte order and base64 in any slicing.
#include "base/bytes.h"

#include <cppunit/extensions/HelperMacros.h>

namespace {

std::string encode(std::string_view bytes, std::size_t slice) {
    std::string out;
    vo::Base64 encoder;
    for (std::size_t at = 0; at < bytes.size(); at += slice)
        encoder.encode(bytes.substr(at, slice), out);
    encoder.finish(out);
    return out;
}

class BytesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(BytesTest);
    CPPUNIT_TEST(big_endian_round_trip);
    CPPUNIT_TEST(base64_known_values);
    CPPUNIT_TEST(base64_slicing_does_not_matter);
    CPPUNIT_TEST_SUITE_END();

    void big_endian_round_trip() {
        std::string out;
        vo::append_big(out, std::int32_t{-2});
        vo::append_big(out, 1.5);
        CPPUNIT_ASSERT_EQUAL(std::string("fffffffe3ff8000000000000"), vo::to_hex(out));
        CPPUNIT_ASSERT_EQUAL(std::int32_t{-2}, vo::load_big<std::int32_t>(out.data()));
        CPPUNIT_ASSERT_EQUAL(1.5, vo::load_big<double>(out.data() + 4));
    }

    // RFC 4648 section 10.
    void base64_known_values() {
        CPPUNIT_ASSERT_EQUAL(std::string(), encode("", 1));
        CPPUNIT_ASSERT_EQUAL(std::string("Zg=="), encode("f", 1));
        CPPUNIT_ASSERT_EQUAL(std::string("Zm8="), encode("fo", 2));
        CPPUNIT_ASSERT_EQUAL(std::string("Zm9v"), encode("foo", 2));
        CPPUNIT_ASSERT_EQUAL(std::string("Zm9vYmFy"), encode("foobar", 4));
    }

    void base64_slicing_does_not_matter() {
        std::string bytes;
        for (int i = 0; i < 1000; ++i)
            bytes += static_cast<char>(i * 7);
        const auto whole = encode(bytes, bytes.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{64}, whole.find('\n'));
        for (const std::size_t slice : {1U, 2U, 47U, 48U, 49U, 97U})
            CPPUNIT_ASSERT_EQUAL(whole, encode(bytes, slice));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(BytesTest);

}  // namespace
