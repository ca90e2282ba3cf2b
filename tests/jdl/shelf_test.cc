// SPDX-License-Identifier: Apache-2.0
// Tests of description files: a bad one is refused while the others stay.
#include <algorithm>
#include <filesystem>

#include <cppunit/extensions/HelperMacros.h>
#include <sys/stat.h>

#include "jdl/sample_kind.h"

namespace {

namespace fs = std::filesystem;

class ShelfTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ShelfTest);
    CPPUNIT_TEST(good_and_bad);
    CPPUNIT_TEST(one_file);
    CPPUNIT_TEST(no_folder);
    CPPUNIT_TEST(site);
    CPPUNIT_TEST_SUITE_END();

    vo::jdl::KindFolder folder_;
    std::string text_ = vo::jdl::join_lines(vo::jdl::sample_lines());

    void good_and_bad() {
        folder_.write("good.job", text_);
        folder_.write("bad.job", "version = 1\nversion = 2\n");
        folder_.write("Upper.job", text_);
        folder_.write("prov.job", text_);
        folder_.write("large.job", std::string(3'000'000, '#'));
        folder_.write("binary.job", std::string("\0\xff", 2));
        folder_.write(".hidden.job", "x");
        folder_.write("other.txt", "x");
        fs::create_directory(folder_.path() / "folder.job");
        fs::create_symlink("loop.job", folder_.path() / "loop.job");
        fs::create_symlink("nowhere", folder_.path() / "lost.job");
        fs::create_symlink("good.job", folder_.path() / "link.job");
        CPPUNIT_ASSERT_EQUAL(0, ::mkfifo((folder_.path() / "pipe.job").c_str(), 0600));
        const auto shelf = vo::jdl::read_kinds(folder_.path().string(), folder_.site());
        std::string names;
        for (const auto& [name, kind] : shelf.kinds) {
            names += name + ' ';
            CPPUNIT_ASSERT_EQUAL(folder_.path().string(), kind->folder);
        }
        CPPUNIT_ASSERT_EQUAL(std::string("good link "), names);
        CPPUNIT_ASSERT(shelf.kinds.contains("good"));
        const auto refused = [&](const std::string& file, const std::string& words) {
            const auto path = (folder_.path() / file).string();
            return std::any_of(
                shelf.refused.begin(), shelf.refused.end(), [&](const vo::Error& error) {
                    return std::string_view(error.what()).starts_with(path) &&
                           std::string_view(error.what()).find(words) != std::string_view::npos;
                });
        };
        CPPUNIT_ASSERT(refused("bad.job:2", "the key version is there already, on line 1"));
        CPPUNIT_ASSERT(refused("Upper.job:1", "cannot be the name of a kind"));
        CPPUNIT_ASSERT(refused("prov.job:1", "no word that the service has for itself"));
        CPPUNIT_ASSERT(refused("large.job:1", "more than 1000000 bytes"));
        CPPUNIT_ASSERT(refused("binary.job:1", "not UTF-8"));
        CPPUNIT_ASSERT(refused("folder.job:1", "is no file"));
        CPPUNIT_ASSERT(refused("pipe.job:1", "is no file"));
        CPPUNIT_ASSERT(
            refused("loop.job:1", "cannot be opened: Too many levels of symbolic links"));
        CPPUNIT_ASSERT(refused("lost.job:1", "cannot be opened: No such file"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{9}, shelf.refused.size());
    }

    void one_file() {
        folder_.write("good.job", text_);
        const auto kind =
            vo::jdl::read_kind((folder_.path() / "." / "good.job").string(), folder_.site());
        CPPUNIT_ASSERT_EQUAL(std::string("good"), kind.name);
        CPPUNIT_ASSERT_EQUAL(folder_.path().string(), kind.folder);
        folder_.write("good.txt", text_);
        CPPUNIT_ASSERT(vo::jdl::refusal([&] {
                           static_cast<void>(vo::jdl::read_kind(
                               (folder_.path() / "good.txt").string(), folder_.site()));
                       }).find("the name of a description ends with .job") != std::string::npos);
    }

    void no_folder() {
        const auto shelf =
            vo::jdl::read_kinds((folder_.path() / "nowhere").string(), folder_.site());
        CPPUNIT_ASSERT(shelf.kinds.empty());
        CPPUNIT_ASSERT_EQUAL((folder_.path() / "nowhere").string() +
                                 ":1: the folder of descriptions cannot be read: No such file or "
                                 "directory; see kinds_dir in "
                                 "vogate.conf",
                             std::string(shelf.refused.at(0).what()));
    }

    void site() {
        vo::Config config;
        config.libexec_dir = "/opt/vogate";
        const auto site = vo::jdl::make_site(config);
        CPPUNIT_ASSERT_EQUAL(std::string("/opt/vogate/kinds"), site.program_dirs.at(0));
        CPPUNIT_ASSERT_EQUAL(std::string("/opt/vogate"), site.program_dirs.at(1));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ShelfTest);

}  // namespace
