// SPDX-License-Identifier: Apache-2.0
// Tests of fits/digest: the examples of FIPS 180-4, in one piece and in many.
#include "fits/digest.h"

#include <algorithm>

#include <cppunit/extensions/HelperMacros.h>

#include "base/error.h"

namespace {

using vo::fits::Sha256;

std::string digest(std::string_view text, std::size_t piece) {
    Sha256 sum;
    for (std::size_t i = 0; i < text.size(); i += piece)
        sum.update(text.substr(i, piece));
    return sum.hex();
}

class DigestTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(DigestTest);
    CPPUNIT_TEST(published_examples);
    CPPUNIT_TEST(pieces_do_not_matter);
    CPPUNIT_TEST(a_file_that_is_not_there);
    CPPUNIT_TEST_SUITE_END();

    void published_examples() {
        CPPUNIT_ASSERT_EQUAL(
            std::string("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            digest("", 1));
        CPPUNIT_ASSERT_EQUAL(
            std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            digest("abc", 3));
        CPPUNIT_ASSERT_EQUAL(
            std::string("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
            digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56));
        CPPUNIT_ASSERT_EQUAL(
            std::string("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
            digest(std::string(1000000, 'a'), 4096));
    }

    void pieces_do_not_matter() {
        std::string text;
        for (int i = 0; i < 500; ++i)
            text += static_cast<char>(i * 7);
        for (const std::size_t piece : {1, 55, 56, 63, 64, 65, 127, 499})
            CPPUNIT_ASSERT_EQUAL(digest(text, text.size()), digest(text, piece));
    }

    void a_file_that_is_not_there() {
        CPPUNIT_ASSERT_THROW(static_cast<void>(vo::fits::digest_file("/no/such/file")), vo::Error);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DigestTest);

}  // namespace
