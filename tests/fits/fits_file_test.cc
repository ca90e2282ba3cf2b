// SPDX-License-Identifier: Apache-2.0
// Tests of fits/fits_file on files made byte by byte: good, cut short at every block, and hostile.
#include "fits/fits_file.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <cppunit/extensions/HelperMacros.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/error.h"

namespace {

using vo::fits::File;
using vo::fits::Table;

std::string card(const std::string& text) {
    std::string out = text;
    out.resize(80, ' ');
    return out;
}

std::string keyword(const std::string& name, const std::string& value) {
    std::string out = name;
    out.resize(8, ' ');
    return card(out + "= " + value);
}

std::string blocks(std::string bytes, char fill) {
    bytes.resize((bytes.size() + 2879) / 2880 * 2880, fill);
    return bytes;
}

std::string primary() {
    return blocks(keyword("SIMPLE", "T") + keyword("BITPIX", "8") + keyword("NAXIS", "0") +
                      keyword("EXTEND", "T") + card("END"),
                  ' ');
}

// Three rows of an 8-byte integer, a float with a NaN, a text; keywords may be replaced.
std::string table(const std::string& naxis1 = "16",
                  const std::string& naxis2 = "3",
                  const std::string& tform2 = "'1E'") {
    std::string rows;
    for (int i = 0; i < 3; ++i) {
        vo::append_big(rows, std::int64_t{5407363825684} + i);
        vo::append_big(rows, i == 1 ? std::nanf("") : 1.5F * static_cast<float>(i));
        rows += std::string("ab ") + static_cast<char>('0' + i);
    }
    return blocks(keyword("XTENSION", "'BINTABLE'") + keyword("BITPIX", "8") +
                      keyword("NAXIS", "2") + keyword("NAXIS1", naxis1) +
                      keyword("NAXIS2", naxis2) + keyword("PCOUNT", "0") + keyword("GCOUNT", "1") +
                      keyword("TFIELDS", "3") + keyword("EXTNAME", "'Events  '") +
                      keyword("TTYPE1", "'EVENT_ID'") + keyword("TFORM1", "'1K'") +
                      keyword("TTYPE2", "'ENERGY'") + keyword("TFORM2", tform2) +
                      keyword("TUNIT2", "'TeV'") + keyword("TTYPE3", "'WORD'") +
                      keyword("TFORM3", "'4A'") + card("END"),
                  ' ') +
           blocks(rows, '\0');
}

class FitsFileTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(FitsFileTest);
    CPPUNIT_TEST(reads_a_table);
    CPPUNIT_TEST(no_filter_syntax_in_names);
    CPPUNIT_TEST(every_truncation_is_refused);
    CPPUNIT_TEST(damage_is_refused_or_read_but_never_a_crash);
    CPPUNIT_TEST(headers_that_lie);
    CPPUNIT_TEST(padding_at_the_end_is_no_fault);
    CPPUNIT_TEST(other_things_are_no_fits);
    CPPUNIT_TEST(messages_name_the_file_not_the_path);
    CPPUNIT_TEST_SUITE_END();

  public:
    void setUp() override {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "vogate-fits-XXXXXX").string();
        CPPUNIT_ASSERT(::mkdtemp(pattern.data()) != nullptr);
        folder_ = pattern;
    }

    void tearDown() override { std::filesystem::remove_all(folder_); }

  private:
    std::string write(const std::string& bytes, const std::string& name = "a.fits") const {
        const auto path = (std::filesystem::path(folder_) / name).string();
        std::ofstream(path, std::ios::binary) << bytes;
        return path;
    }

    // Reads all there is, as the ingest would.
    static void read_all(const std::string& path) {
        File file(path);
        for (const auto& hdu : file.hdus()) {
            if (!hdu.is_table) continue;
            Table events(file, hdu);
            for (const auto& column : events.columns()) {
                if (column.kind == vo::fits::Column::Kind::Text) {
                    static_cast<void>(events.read_text(column));
                } else if (column.kind == vo::fits::Column::Kind::Number) {
                    std::vector<double> values(static_cast<std::size_t>(hdu.rows));
                    if (column.repeat == 1) events.read(column, 0, values);
                }
            }
        }
    }

    static std::string refusal(const std::string& path) {
        try {
            read_all(path);
        } catch (const vo::Error& error) {
            CPPUNIT_ASSERT(error.code() == vo::Code::BadRequest ||
                           error.code() == vo::Code::TooLarge);
            return error.what();
        }
        return {};
    }

    void reads_a_table() {
        File file(write(primary() + table()));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, file.hdus().size());
        const auto* hdu = file.find_hdu("EVENTS");
        CPPUNIT_ASSERT(hdu != nullptr);
        Table events(file, *hdu);
        std::array<std::int64_t, 3> ids{};
        events.read(events.get_column("event_id"), 0, ids);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{5407363825686}, ids[2]);
        const auto& energy = events.get_column("Energy");
        CPPUNIT_ASSERT_EQUAL(std::string("TeV"), energy.unit);
        std::array<double, 2> energies{};
        events.read(energy, 1, energies);
        CPPUNIT_ASSERT(std::isnan(energies[0]));
        CPPUNIT_ASSERT_EQUAL(3.0, energies[1]);
        CPPUNIT_ASSERT_EQUAL(std::string("ab 2"), events.read_text(events.get_column("WORD"))[2]);
        CPPUNIT_ASSERT(events.find_column("RA") == nullptr);
        CPPUNIT_ASSERT_THROW(static_cast<void>(events.get_column("RA")), vo::Error);
        std::array<double, 4> too_many{};
        CPPUNIT_ASSERT_THROW(events.read(energy, 0, too_many), vo::Error);
    }

    void no_filter_syntax_in_names() {
        const auto path = write(primary() + table(), "a.fits[1][ENERGY > 1]");
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, File(path).hdus().size());
        CPPUNIT_ASSERT(
            !refusal((std::filesystem::path(folder_) / "mem://x.fits").string()).empty());
    }

    void every_truncation_is_refused() {
        const auto whole = primary() + table();
        for (std::size_t size = 0; size < whole.size(); size += 160) {
            if (size == 2880) continue;  // a primary HDU alone is a whole file
            CPPUNIT_ASSERT_MESSAGE(std::to_string(size),
                                   !refusal(write(whole.substr(0, size))).empty());
        }
    }

    void damage_is_refused_or_read_but_never_a_crash() {
        const auto whole = primary() + table();
        std::uint32_t state = 1;
        for (int round = 0; round < 3000; ++round) {
            auto bytes = whole;
            for (int i = 0; i < 3; ++i) {
                state = state * 1664525U + 1013904223U;
                bytes[(state >> 8U) % 4600] =
                    static_cast<char>(round % 2 == 0 ? '0' + state % 10 : state);
            }
            static_cast<void>(refusal(write(bytes)));
        }
    }

    void headers_that_lie() {
        const std::array lies{
            table("16", "999999999999"),
            table("16", "-3"),
            table("9999999999", "999999999999"),
            table("20", "3"),
            table("16", "3", "'9E'"),
            table("16", "3", "'999999999999E'"),
            table("16", "3", "'rubbish'"),
            table("16", "3", "'-1E'"),
            table("0", "3"),
        };
        for (std::size_t i = 0; i < lies.size(); ++i)
            CPPUNIT_ASSERT_MESSAGE(std::to_string(i), !refusal(write(primary() + lies[i])).empty());
    }

    void padding_at_the_end_is_no_fault() {
        CPPUNIT_ASSERT_EQUAL(std::string(),
                             refusal(write(primary() + table() + std::string(2880, '\0'))));
        CPPUNIT_ASSERT(!refusal(write(primary() + table() + std::string(2880, 'x'))).empty());
    }

    void other_things_are_no_fits() {
        CPPUNIT_ASSERT_EQUAL(std::string("a.fits is empty"), refusal(write("")));
        CPPUNIT_ASSERT(refusal(write("<html>")).starts_with("a.fits is not a FITS file"));
        CPPUNIT_ASSERT(refusal(write("\x1f\x8b\x08")).starts_with("a.fits is truncated"));
        CPPUNIT_ASSERT(!refusal(folder_).empty());
    }

    void messages_name_the_file_not_the_path() {
        for (const auto& path : {write("x"), folder_ + "/none.fits", write(primary() + "junk")})
            CPPUNIT_ASSERT(refusal(path).find(folder_) == std::string::npos);
    }

    std::string folder_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(FitsFileTest);

}  // namespace
