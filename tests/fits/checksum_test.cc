// SPDX-License-Identifier: Apache-2.0
// Tests of fits/checksum, against the checksums of CFITSIO.
#include "fits/checksum.h"

#include <array>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <cppunit/extensions/HelperMacros.h>
#include <fitsio.h>

namespace {

using vo::fits::Checksum;

std::uint32_t sum_of(std::string_view bytes) {
    Checksum sum;
    sum.add(bytes);
    return sum.value();
}

class ChecksumTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ChecksumTest);
    CPPUNIT_TEST(words_with_the_carry_brought_round);
    CPPUNIT_TEST(pieces_of_any_size);
    CPPUNIT_TEST(an_hdu_of_cfitsio);
    CPPUNIT_TEST_SUITE_END();

    void words_with_the_carry_brought_round() {
        CPPUNIT_ASSERT_EQUAL(0U, sum_of(""));
        CPPUNIT_ASSERT_EQUAL(0x61626364U, sum_of("abcd"));
        CPPUNIT_ASSERT_EQUAL(0x61000000U, sum_of("a"));
        CPPUNIT_ASSERT_EQUAL(3U, sum_of(std::string("\xff\xff\xff\xff\0\0\0\3", 8)));
        CPPUNIT_ASSERT_EQUAL(5U, sum_of(std::string("\xff\xff\xff\xfe\0\0\0\6", 8)));
    }

    void pieces_of_any_size() {
        std::string bytes;
        for (int i = 0; i < 10'000; ++i)
            bytes += static_cast<char>(i * i % 251);
        for (const std::size_t piece : {1U, 2U, 3U, 5U, 7U, 1000U, 4097U}) {
            Checksum sum;
            for (std::size_t at = 0; at < bytes.size(); at += piece)
                sum.add(std::string_view(bytes).substr(at, piece));
            CPPUNIT_ASSERT_EQUAL(sum_of(bytes), sum.value());
        }
        Checksum rest(sum_of(bytes.substr(0, 4000)));
        rest.add(bytes.substr(4000));
        CPPUNIT_ASSERT_EQUAL(sum_of(bytes), rest.value());
    }

    void an_hdu_of_cfitsio() {
        int status = 0;
        void* memory = nullptr;
        std::size_t size = 0;
        fitsfile* file = nullptr;
        fits_create_memfile(&file, &memory, &size, 2880, std::realloc, &status);
        std::array<long, 1> axes{1500};
        fits_create_img(file, LONG_IMG, 1, axes.data(), &status);
        std::vector<int> values;
        for (int i = 0; i < 1500; ++i)
            values.push_back(i * 1'431'655 - 7);
        fits_write_img(file, TINT, 1, 1500, values.data(), &status);
        fits_write_chksum(file, &status);
        std::array<char, FLEN_VALUE> data_sum{};
        fits_read_key(file, TSTRING, "DATASUM", data_sum.data(), nullptr, &status);
        fits_close_file(file, &status);
        const std::unique_ptr<void, void (*)(void*)> owner(memory, std::free);
        CPPUNIT_ASSERT_EQUAL(0, status);

        std::string whole(static_cast<const char*>(memory), 2880 * 4);
        CPPUNIT_ASSERT_EQUAL(std::string(data_sum.data()),
                             std::to_string(sum_of(whole.substr(2880))));
        // All ones are -0.
        CPPUNIT_ASSERT_EQUAL(0xFFFFFFFFU, sum_of(whole));
        const auto at = whole.find("CHECKSUM= '") + 11;
        const auto theirs = whole.substr(at, 16);
        whole.replace(at, 16, 16, '0');
        CPPUNIT_ASSERT_EQUAL(theirs, vo::fits::checksum_text(sum_of(whole)));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ChecksumTest);

}  // namespace
