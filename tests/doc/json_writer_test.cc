// SPDX-License-Identifier: Apache-2.0
// The JSON writer: what it writes, and that misuse cannot pass.
#include "doc/json_writer.h"

#include <functional>
#include <limits>

#include <cppunit/extensions/HelperMacros.h>

namespace {

using vo::doc::JsonWriter;

std::string written(const std::function<void(JsonWriter&)>& calls) {
    std::string out;
    vo::StringSink sink(out);
    JsonWriter json(sink);
    calls(json);
    json.end();
    return out;
}

void assert_misuse(const std::function<void(JsonWriter&)>& calls) {
    try {
        written(calls);
    } catch (const vo::Error& error) {
        CPPUNIT_ASSERT(error.code() == vo::Code::Internal);
        return;
    }
    CPPUNIT_FAIL("a misuse passed");
}

}  // namespace

class JsonWriterTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(JsonWriterTest);
    CPPUNIT_TEST(writes_nested_values);
    CPPUNIT_TEST(writes_numbers);
    CPPUNIT_TEST(escapes_strings);
    CPPUNIT_TEST(a_lone_value_is_a_document);
    CPPUNIT_TEST(end_closes_what_is_open);
    CPPUNIT_TEST(refuses_misuse);
    CPPUNIT_TEST_SUITE_END();

    void writes_nested_values() {
        CPPUNIT_ASSERT_EQUAL(
            std::string("{\"a\":[1,\"x\",true,null,{},[]],\"b\":{\"c\":false},\"d\":\"\"}\n"),
            written([](JsonWriter& json) {
                json.open_object().key("a").open_array();
                json.value(1).value("x").value(true).null();
                json.open_object().close().open_array().close().close();
                json.key("b").open_object().key("c").value(false).close();
                json.key("d").value("").close();
            }));
    }

    void writes_numbers() {
        constexpr auto kInfinity = std::numeric_limits<double>::infinity();
        CPPUNIT_ASSERT_EQUAL(
            std::string("[0.1,0.1,null,null,null,-9223372036854775808,18446744073709551615]\n"),
            written([](JsonWriter& json) {
                json.open_array().value(0.1).value(0.1F);
                json.value(std::numeric_limits<float>::quiet_NaN());
                json.value(kInfinity).value(-kInfinity);
                json.value(std::numeric_limits<std::int64_t>::min());
                json.value(std::numeric_limits<std::uint64_t>::max());
            }));
    }

    void escapes_strings() {
        CPPUNIT_ASSERT_EQUAL(
            std::string("{\"\\\"k\\\\\":\"a\\n\\u0000\\u001f\xC3\xA9\xEF\xBF\xBD\"}\n"),
            written([](JsonWriter& json) {
                json.open_object().key("\"k\\");
                json.value(std::string_view("a\n\0\x1f\xC3\xA9\xFF", 7));
            }));
    }

    void a_lone_value_is_a_document() {
        CPPUNIT_ASSERT_EQUAL(std::string("\"x\"\n"),
                             written([](JsonWriter& json) { json.value("x"); }));
    }

    void end_closes_what_is_open() {
        CPPUNIT_ASSERT_EQUAL(std::string("[{\"a\":[1]}]\n"), written([](JsonWriter& json) {
                                 json.open_array().open_object().key("a").open_array().value(1);
                             }));
    }

    void refuses_misuse() {
        assert_misuse([](JsonWriter&) {});
        assert_misuse([](JsonWriter& json) { json.close(); });
        assert_misuse([](JsonWriter& json) { json.value(1).value(2); });
        assert_misuse([](JsonWriter& json) { json.key("a"); });
        assert_misuse([](JsonWriter& json) { json.open_array().key("a"); });
        assert_misuse([](JsonWriter& json) { json.open_object().value(1); });
        assert_misuse([](JsonWriter& json) { json.open_object().key("a").key("b"); });
        assert_misuse([](JsonWriter& json) { json.open_object().key("a").close(); });
        assert_misuse([](JsonWriter& json) { json.open_object().key("a"); });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(JsonWriterTest);
