// SPDX-License-Identifier: Apache-2.0
// Tests of the store's files: there when they are whole, and only then.
#include "uws/files.h"

#include <filesystem>
#include <fstream>

#include <cppunit/extensions/HelperMacros.h>

#include "base/error.h"

namespace {

namespace fs = std::filesystem;

class FilesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(FilesTest);
    CPPUNIT_TEST(kept);
    CPPUNIT_TEST(given_up);
    CPPUNIT_TEST(names_are_ours);
    CPPUNIT_TEST(without_marker);
    CPPUNIT_TEST_SUITE_END();

    fs::path folder_;

  public:
    void setUp() override {
        std::string name = (fs::temp_directory_path() / "vogate-store-XXXXXX").string();
        folder_ = mkdtemp(name.data());
        std::ofstream(folder_ / "vogate-store") << "id\n";
    }

    void tearDown() override { fs::remove_all(folder_); }

  private:
    [[nodiscard]] vo::uws::FileStore store() const { return vo::uws::FileStore(folder_.string()); }

    void kept() {
        const auto files = store();
        const auto name = vo::uws::FileStore::make_name("results", "abcdef", "1-x");
        CPPUNIT_ASSERT_EQUAL(std::string("results/ab/abcdef-1-x"), name);
        {
            const auto file = files.create(name);
            file->write("hello ");
            file->write(std::string(1'000'000, 'x'));
            CPPUNIT_ASSERT(!fs::exists(folder_ / name));
            file->keep();
            CPPUNIT_ASSERT_EQUAL(std::int64_t{1'000'006}, file->size());
        }
        CPPUNIT_ASSERT_EQUAL(std::uintmax_t{1'000'006}, fs::file_size(folder_ / name));
        CPPUNIT_ASSERT(files.read(name).get() >= 0);
        int seen = 0;
        files.for_each_older("results", -10, [&](const std::string& found) {
            seen += found == name ? 1 : 100;
            return true;
        });
        CPPUNIT_ASSERT_EQUAL(1, seen);
        files.for_each_older("results", 1000, [&](const std::string&) { return ++seen > 0; });
        files.for_each_older("uploads", -10, [&](const std::string&) { return ++seen > 0; });
        CPPUNIT_ASSERT_EQUAL(1, seen);
        files.remove(name);
        files.remove(name);
        CPPUNIT_ASSERT(!fs::exists(folder_ / name));
        CPPUNIT_ASSERT_THROW((void)files.read(name), vo::Error);
    }

    void given_up() {
        const auto files = store();
        files.create("results/ab/abc-1-x")->write("half");
        CPPUNIT_ASSERT(fs::is_empty(folder_ / "results/ab"));
        // What a crash leaves is found, and can be removed.
        std::ofstream(folder_ / "results/ab/abc-1-y.part") << "half";
        std::ofstream(folder_ / "results/ab/not ours") << "a file";
        files.for_each_older("results", -10, [&](const std::string& name) { return files.remove(name); });
        CPPUNIT_ASSERT(!fs::exists(folder_ / "results/ab/abc-1-y.part"));
        CPPUNIT_ASSERT(fs::exists(folder_ / "results/ab/not ours"));
    }

    void names_are_ours() {
        for (const auto* bad : {"", "x", "results/../../etc", "results/ab/../x", "/etc/passwd", "results/ab/a b",
                                "results//x", "results/ab/.hidden", "results/ab/x/y"})
            CPPUNIT_ASSERT_THROW_MESSAGE(bad, (void)store().create(bad), vo::Error);
    }

    // An empty folder may be where a file system is not mounted.
    void without_marker() {
        fs::remove(folder_ / "vogate-store");
        try {
            (void)store().create("results/ab/abc-1-x");
            CPPUNIT_FAIL("made");
        } catch (const vo::Error& error) {
            CPPUNIT_ASSERT(error.code() == vo::Code::Busy);
            CPPUNIT_ASSERT(error.detail().find("mounted") != std::string::npos);
        }
        CPPUNIT_ASSERT(fs::is_empty(folder_));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FilesTest);

}  // namespace
