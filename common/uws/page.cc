// SPDX-License-Identifier: Apache-2.0
// Jobs without script: a page (which the header Refresh loads again while the job goes on), and a button for each
// thing that may be done.
#include "uws/page.h"

#include "base/text.h"
#include "doc/page.h"

namespace vo::uws {

namespace {

using doc::XmlWriter;

constexpr std::string_view kStyle =
    "form{display:inline;margin-right:0.5rem}dt{font-weight:bold;margin-top:0.5rem}dd{margin:0}";

void row(XmlWriter& xml, std::string_view name, std::string_view value) {
    xml.open("tr").leaf("th", name).leaf("td", value).close();
}

void button(XmlWriter& xml,
            const std::string& address,
            std::string_view name,
            std::string_view value,
            std::string_view label) {
    xml.open("form").attr("method", "post").attr("action", address);
    xml.open("input").attr("type", "hidden").attr("name", name).attr("value", value).close();
    xml.open("button").attr("type", "submit").text(label).close().close();
}

void link(XmlWriter& xml, const std::string& address, std::string_view label) {
    xml.open("a").attr("href", address).text(label).close();
}

// Links and forms work under whatever name the server was reached.
std::string path_of(const std::string& url) {
    const auto host = url.find("://");
    const auto path = url.find('/', host == std::string::npos ? 0 : host + 3);
    return path == std::string::npos ? "/" : url.substr(path);
}

std::string size_words(std::int64_t bytes) {
    return std::to_string(bytes) + " bytes";
}

void write_parameters(XmlWriter& xml, const Job& job, const std::string& url) {
    if (job.parameters.empty()) return;
    xml.leaf("h2", "Parameters").open("dl");
    for (const auto& parameter : job.parameters) {
        xml.leaf("dt", parameter.name).open("dd");
        if (parameter.file.empty()) {
            xml.leaf("pre", parameter.value);
        } else {
            link(xml, parameter_url(url, parameter), parameter.value.empty() ? "file" : parameter.value);
            xml.text(std::string_view(" " + size_words(parameter.size_bytes)));
        }
        xml.close();
    }
    xml.close();
}

void write_results(XmlWriter& xml, const Job& job, const std::string& url) {
    if (job.results.empty()) return;
    xml.leaf("h2", "Results").open("ul");
    for (const auto& result : job.results) {
        xml.open("li");
        link(xml, result_url(url, result), result.id);
        xml.text(std::string_view(" " + result.content_type + ", " + size_words(result.size_bytes)));
        xml.close();
    }
    xml.close();
}

void write_times(XmlWriter& xml, const Job& job) {
    xml.open("table");
    if (!job.run_id.empty()) row(xml, "Run id", job.run_id);
    row(xml, "Owner", job.owner_name.empty() ? "nobody: whoever knows its address" : job.owner_name);
    row(xml, "Created", format_utc(job.creation_time));
    if (job.start_time) row(xml, "Started", format_utc(*job.start_time));
    if (job.end_time) row(xml, "Ended", format_utc(*job.end_time));
    if (job.quote) row(xml, "Expected to be done", format_utc(*job.quote));
    row(xml, "May run for",
        job.execution_duration_s == 0 ? "as long as it takes"
                                      : std::to_string(job.execution_duration_s) + " s");
    row(xml, "Will be deleted", format_utc(job.destruction));
    xml.close();
}

void write_buttons(XmlWriter& xml, const Job& job, const std::string& url) {
    xml.open("p");
    if (allows(Move::Run, job.phase)) button(xml, url + "/phase", "PHASE", "RUN", "Run");
    if (allows(Move::Abort, job.phase)) button(xml, url + "/phase", "PHASE", "ABORT", "Abort");
    button(xml, url, "ACTION", "DELETE", "Delete");
    xml.close();
}

}  // namespace

void write_job_page(Sink& sink, const Job& job, const std::string& list_url) {
    const auto list = path_of(list_url);
    const auto url = job_url(list, job.id);
    XmlWriter xml(sink, XmlWriter::Layout::Html);
    doc::open_page(xml, "Job " + job.id.substr(0, 8) + ": " + std::string(word_of(job.phase)), kStyle);
    xml.leaf("h1", "Job " + job.id);
    xml.open("p").leaf("strong", word_of(job.phase));
    if (const auto words = progress_words(job); !words.empty())
        xml.text(std::string_view(", " + words));
    xml.close();
    if (job.failure) xml.open("p").attr("class", "error").text(std::string_view(job.failure->message)).close();
    write_results(xml, job, url);
    write_buttons(xml, job, url);
    write_times(xml, job);
    write_parameters(xml, job, url);
    xml.open("p");
    link(xml, list, "All jobs");
    xml.close();
    xml.end();
}

void write_list_page(Sink& sink,
                     const std::function<void(const TakeJob&)>& each,
                     const std::string& list_url,
                     const ListWords& words) {
    const auto list = path_of(list_url);
    XmlWriter xml(sink, XmlWriter::Layout::Html);
    doc::open_page(xml, words.title, kStyle);
    xml.leaf("h1", words.title);
    if (!words.note.empty()) xml.open("p").attr("class", "note").text(std::string_view(words.note)).close();
    xml.open("table").open("tr").leaf("th", "Job").leaf("th", "Phase").leaf("th", "Created").leaf("th", "Run id").close();
    each([&](const JobRef& job) {
        xml.open("tr").open("td");
        link(xml, job_url(list, job.id), job.id);
        xml.close().leaf("td", word_of(job.phase)).leaf("td", format_utc(job.creation_time)).leaf("td", job.run_id);
        xml.close();
    });
    xml.end();
}

}  // namespace vo::uws
