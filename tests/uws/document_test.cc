// SPDX-License-Identifier: Apache-2.0
// Tests of jobs as XML, JSON and pages.
#include "uws/document.h"

#include <cppunit/extensions/HelperMacros.h>

namespace {

using vo::uws::Form;
using vo::uws::Part;
using vo::uws::Phase;

const std::string kUrl = "https://obs.example.org/vo/tap/async";

vo::uws::Job make_job() {
    vo::uws::Job job;
    job.id = "abc";
    job.owner_name = "a<b";
    job.run_id = "r&d";
    job.phase = Phase::Completed;
    job.creation_time = 1'000'000;
    job.start_time = 2'000'000;
    job.execution_duration_s = 60;
    job.destruction = 9'000'000;
    job.parameters = {{"QUERY", "a < 'b'", "", "", 0}, {"my table", "t.vot", "uploads/ab/x", "text/xml", 7}};
    job.results = {{"result", "results/ab/abc-1-x", "text/csv", "csv", 42}};
    job.progress_rows = 5;
    job.progress_bytes = 42;
    return job;
}

std::string write(Form form, const vo::uws::Job& job, Part part = Part::Job) {
    std::string out;
    vo::StringSink sink(out);
    vo::uws::write_job(sink, form, job, part, kUrl);
    return out;
}

void has(const std::string& text, std::initializer_list<const char*> parts) {
    for (const auto* part : parts)
        CPPUNIT_ASSERT_MESSAGE(part + (" in " + text), text.find(part) != std::string::npos);
}

class DocumentTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(DocumentTest);
    CPPUNIT_TEST(xml);
    CPPUNIT_TEST(json);
    CPPUNIT_TEST(page);
    CPPUNIT_TEST(lists);
    CPPUNIT_TEST(forms);
    CPPUNIT_TEST_SUITE_END();

    void xml() {
        auto job = make_job();
        has(write(Form::Xml, job),
            {"<uws:job ", "version=\"1.1\"", "<uws:ownerId>a&lt;b</uws:ownerId>", "<uws:runId>r&amp;d</uws:runId>",
             "<uws:quote xsi:nil=\"true\"/>", "<uws:creationTime>1970-01-01T00:00:01.000Z</uws:creationTime>",
             "<uws:endTime xsi:nil=\"true\"/>", "<uws:executionDuration>60</uws:executionDuration>",
             "<uws:parameter id=\"QUERY\">a &lt; 'b'</uws:parameter>",
             "<uws:parameter id=\"my table\" byReference=\"true\">https://obs.example.org/vo/tap/async/abc/parameters/"
             "my%20table</uws:parameter>",
             "xlink:href=\"https://obs.example.org/vo/tap/async/abc/results/result\" size=\"42\" mime-type=\"text/csv\"",
             "<rows>5</rows>", "<bytes>42</bytes>"});
        has(write(Form::Xml, job, Part::Parameters), {"<uws:parameters xmlns:uws="});
        has(write(Form::Xml, job, Part::Results), {"<uws:results xmlns:uws="});
        job.phase = Phase::Error;
        job.failure = vo::uws::Failure{"store-full", "no room"};
        has(write(Form::Xml, job),
            {"<uws:errorSummary type=\"transient\" hasDetail=\"true\">", "<uws:message>no room</uws:message>"});
        job.phase = Phase::Queued;
        job.queue_position = 3;
        const auto queued = write(Form::Xml, job);
        has(queued, {"<queuePosition>3</queuePosition>", "number 3 in the queue"});
        CPPUNIT_ASSERT(queued.find("<rows>") == std::string::npos);
    }

    void json() {
        has(write(Form::Json, make_job()),
            {"\"jobId\":\"abc\"", "\"endTime\":null", "\"byReference\":true", "\"size\":42", "\"rows\":5"});
        CPPUNIT_ASSERT(write(Form::Json, make_job(), Part::Results).starts_with("[{\"id\":\"result\""));
    }

    void page() {
        auto job = make_job();
        const auto done = write(Form::Html, job);
        // Links work under whatever name the server was reached.
        has(done, {"href=\"/vo/tap/async/abc/results/result\"", "a&lt;b", "value=\"DELETE\""});
        CPPUNIT_ASSERT(done.find("value=\"RUN\"") == std::string::npos);
        CPPUNIT_ASSERT(done.find("obs.example.org") == std::string::npos);
        job.phase = Phase::Pending;
        has(write(Form::Html, job), {"value=\"RUN\"", "value=\"ABORT\""});
    }

    void lists() {
        const auto list = [](Form form) {
            std::string out;
            vo::StringSink sink(out);
            vo::uws::write_list(
                sink, form,
                [](const vo::uws::TakeJob& take) {
                    take({.id = "j1", .run_id = "", .owner_name = "alice", .phase = Phase::Held, .creation_time = 0});
                },
                kUrl, {.title = "Jobs", .note = "a note"});
            return out;
        };
        has(list(Form::Xml), {"<uws:jobs ", "version=\"1.1\"", "<uws:jobref id=\"j1\" xlink:href=\"" 
                              "https://obs.example.org/vo/tap/async/j1\">", "<uws:phase>HELD</uws:phase>"});
        has(list(Form::Json), {"\"jobs\":[{\"id\":\"j1\"", "\"runId\":null"});
        has(list(Form::Html), {"<h1>Jobs</h1>", "a note", "href=\"/vo/tap/async/j1\""});
    }

    void forms() {
        CPPUNIT_ASSERT(vo::uws::choose_form("") == Form::Xml);
        CPPUNIT_ASSERT(vo::uws::choose_form("*/*") == Form::Xml);
        CPPUNIT_ASSERT(vo::uws::choose_form("text/html,application/xhtml+xml,*/*;q=0.8") == Form::Html);
        CPPUNIT_ASSERT(vo::uws::choose_form("application/json") == Form::Json);
        CPPUNIT_ASSERT(vo::uws::choose_form("text/csv") == Form::Xml);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DocumentTest);

}  // namespace
