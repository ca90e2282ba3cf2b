// SPDX-License-Identifier: Apache-2.0
// XML and JSON of jobs; pages are in page.cc.
#include "uws/document.h"

#include "base/error.h"
#include "base/text.h"
#include "doc/json_writer.h"
#include "doc/xml_writer.h"
#include "table/format.h"
#include "uws/page.h"

namespace vo::uws {

namespace {

using doc::JsonWriter;
using doc::XmlWriter;

XmlWriter& open_root(XmlWriter& xml, std::string_view name) {
    return xml.open(name)
        .attr("xmlns:uws", "http://www.ivoa.net/xml/UWS/v1.0")
        .attr("xmlns:xlink", "http://www.w3.org/1999/xlink")
        .attr("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance");
}

void nillable(XmlWriter& xml, std::string_view name, const std::optional<std::string>& text) {
    xml.open(name);
    if (text)
        xml.text(std::string_view(*text));
    else
        xml.attr("xsi:nil", "true");
    xml.close();
}

std::optional<std::string> instant(const std::optional<Micros>& time) {
    return time ? std::optional(format_utc(*time)) : std::nullopt;
}

std::optional<std::string> named(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

void write_parameters(XmlWriter& xml, const Job& job, const std::string& url) {
    for (const auto& parameter : job.parameters) {
        xml.open("uws:parameter").attr("id", parameter.name);
        if (parameter.file.empty())
            xml.text(std::string_view(parameter.value));
        else
            xml.attr("byReference", "true").text(std::string_view(parameter_url(url, parameter)));
        xml.close();
    }
}

void write_results(XmlWriter& xml, const Job& job, const std::string& url) {
    for (const auto& result : job.results)
        xml.open("uws:result")
            .attr("id", result.id)
            .attr("xlink:href", result_url(url, result))
            .attr("size", result.size_bytes)
            .attr("mime-type", result.content_type)
            .close();
}

void write_failure(XmlWriter& xml, const Failure& failure) {
    xml.open("uws:errorSummary")
        .attr("type", find_face(failure.code).uws)
        .attr("hasDetail", true)
        .leaf("uws:message", failure.message)
        .close();
}

std::string to_text(const std::string& text) {
    return text;
}

std::string to_text(std::int64_t number) {
    return std::to_string(number);
}

std::string to_text(double number) {
    std::string text;
    append_number(text, number);
    return text;
}

// In no namespace, as Firefly reads progress there; anything may stand in jobInfo.
void write_info(XmlWriter& xml, const Job& job) {
    const auto fields = info_fields(job);
    if (fields.empty()) return;
    xml.open("uws:jobInfo");
    for (const auto& [name, value] : fields)
        std::visit([&](const auto& v) { xml.leaf(name, to_text(v)); }, value);
    xml.close();
}

void write_xml(XmlWriter& xml, const Job& job, Part part, const std::string& url) {
    if (part == Part::Parameters) {
        write_parameters(open_root(xml, "uws:parameters"), job, url);
        return xml.end();
    }
    if (part == Part::Results) {
        write_results(open_root(xml, "uws:results"), job, url);
        return xml.end();
    }
    open_root(xml, "uws:job").attr("version", "1.1");
    xml.leaf("uws:jobId", job.id);
    if (!job.run_id.empty()) xml.leaf("uws:runId", job.run_id);
    nillable(xml, "uws:ownerId", named(job.owner_name));
    xml.leaf("uws:phase", word_of(job.phase));
    nillable(xml, "uws:quote", instant(job.quote));
    xml.leaf("uws:creationTime", format_utc(job.creation_time));
    nillable(xml, "uws:startTime", instant(job.start_time));
    nillable(xml, "uws:endTime", instant(job.end_time));
    xml.leaf("uws:executionDuration", std::to_string(job.execution_duration_s));
    xml.leaf("uws:destruction", format_utc(job.destruction));
    xml.open("uws:parameters");
    write_parameters(xml, job, url);
    xml.close().open("uws:results");
    write_results(xml, job, url);
    xml.close();
    if (job.failure) write_failure(xml, *job.failure);
    write_info(xml, job);
    xml.end();
}

void text_or_null(JsonWriter& json, std::string_view name, const std::optional<std::string>& text) {
    json.key(name);
    if (text)
        json.value(std::string_view(*text));
    else
        json.null();
}

void write_parameters(JsonWriter& json, const Job& job, const std::string& url) {
    json.open_array();
    for (const auto& parameter : job.parameters) {
        const bool is_file = !parameter.file.empty();
        json.open_object().key("id").value(std::string_view(parameter.name));
        json.key("byReference").value(is_file).key("value");
        json.value(is_file ? parameter_url(url, parameter) : parameter.value).close();
    }
    json.close();
}

void write_results(JsonWriter& json, const Job& job, const std::string& url) {
    json.open_array();
    for (const auto& result : job.results) {
        json.open_object().key("id").value(std::string_view(result.id));
        json.key("href").value(result_url(url, result));
        json.key("size").value(result.size_bytes);
        json.key("mime-type").value(std::string_view(result.content_type)).close();
    }
    json.close();
}

void write_json(JsonWriter& json, const Job& job, Part part, const std::string& url) {
    if (part != Part::Job) {
        part == Part::Parameters ? write_parameters(json, job, url) : write_results(json, job, url);
        return json.end();
    }
    json.open_object().key("version").value("1.1").key("jobId").value(std::string_view(job.id));
    text_or_null(json, "runId", named(job.run_id));
    text_or_null(json, "ownerId", named(job.owner_name));
    json.key("phase").value(word_of(job.phase));
    text_or_null(json, "quote", instant(job.quote));
    json.key("creationTime").value(format_utc(job.creation_time));
    text_or_null(json, "startTime", instant(job.start_time));
    text_or_null(json, "endTime", instant(job.end_time));
    json.key("executionDuration").value(job.execution_duration_s);
    json.key("destruction").value(format_utc(job.destruction));
    json.key("parameters");
    write_parameters(json, job, url);
    json.key("results");
    write_results(json, job, url);
    if (job.failure) {
        json.key("errorSummary").open_object();
        json.key("type").value(find_face(job.failure->code).uws);
        json.key("hasDetail").value(true).key("message").value(std::string_view(job.failure->message));
        json.close();
    }
    if (const auto fields = info_fields(job); !fields.empty()) {
        json.key("jobInfo").open_object();
        for (const auto& [name, value] : fields) {
            json.key(name);
            std::visit([&](const auto& v) { json.value(v); }, value);
        }
        json.close();
    }
    json.end();
}

}  // namespace

Form choose_form(std::string_view accept) {
    switch (table::negotiate(accept).format->error_form) {
        case table::ErrorForm::Html: return Form::Html;
        case table::ErrorForm::Json: return Form::Json;
        default: return Form::Xml;
    }
}

std::string_view content_type(Form form) {
    switch (form) {
        case Form::Html: return "text/html;charset=utf-8";
        case Form::Json: return "application/json";
        default: return "text/xml;charset=utf-8";
    }
}

std::string job_url(const std::string& list_url, std::string_view id) {
    return list_url + '/' + std::string(id);
}

std::string parameter_url(const std::string& url, const Parameter& parameter) {
    auto address = url + "/parameters/";
    append_url_escaped(address, parameter.name);
    return address;
}

std::string result_url(const std::string& url, const Result& result) {
    auto address = url + "/results/";
    append_url_escaped(address, result.id);
    return address;
}

std::vector<InfoField> info_fields(const Job& job) {
    std::vector<InfoField> fields;
    if (auto words = progress_words(job); !words.empty()) fields.emplace_back("progressDesc", std::move(words));
    const bool queued = job.phase == Phase::Queued;
    if (queued && job.queue_position) fields.emplace_back("queuePosition", *job.queue_position);
    if (!queued && job.progress_percent) fields.emplace_back("progress", *job.progress_percent);
    if (!queued && job.progress_rows) fields.emplace_back("rows", *job.progress_rows);
    if (!queued && job.progress_bytes) fields.emplace_back("bytes", *job.progress_bytes);
    if (!job.kind_version.empty()) fields.emplace_back("kindVersion", job.kind_version);
    return fields;
}

std::string progress_words(const Job& job) {
    if (job.phase != Phase::Queued && !job.progress_words.empty()) return job.progress_words;
    if (job.phase == Phase::Queued && job.queue_position)
        return "number " + std::to_string(*job.queue_position) + " in the queue";
    if (job.phase != Phase::Queued && job.progress_rows)
        return std::to_string(*job.progress_rows) + " rows" +
               (job.phase == Phase::Executing ? " so far" : "");
    return {};
}

void write_job(Sink& sink, Form form, const Job& job, Part part, const std::string& list_url) {
    const auto url = job_url(list_url, job.id);
    if (form == Form::Html) return write_job_page(sink, job, list_url);
    if (form == Form::Json) {
        JsonWriter json(sink);
        return write_json(json, job, part, url);
    }
    XmlWriter xml(sink, XmlWriter::Layout::Indented);
    write_xml(xml, job, part, url);
}

void write_list(Sink& sink,
                Form form,
                const std::function<void(const TakeJob&)>& each,
                const std::string& list_url,
                const ListWords& words) {
    if (form == Form::Html) return write_list_page(sink, each, list_url, words);
    if (form == Form::Json) {
        JsonWriter json(sink);
        json.open_object().key("version").value("1.1").key("jobs").open_array();
        each([&](const JobRef& job) {
            json.open_object().key("id").value(std::string_view(job.id));
            json.key("href").value(job_url(list_url, job.id)).key("phase").value(word_of(job.phase));
            text_or_null(json, "runId", named(job.run_id));
            text_or_null(json, "ownerId", named(job.owner_name));
            json.key("creationTime").value(format_utc(job.creation_time)).close();
        });
        return json.end();
    }
    XmlWriter xml(sink, XmlWriter::Layout::Indented);
    open_root(xml, "uws:jobs").attr("version", "1.1");
    each([&](const JobRef& job) {
        xml.open("uws:jobref").attr("id", job.id).attr("xlink:href", job_url(list_url, job.id));
        xml.leaf("uws:phase", word_of(job.phase));
        if (!job.run_id.empty()) xml.leaf("uws:runId", job.run_id);
        nillable(xml, "uws:ownerId", named(job.owner_name));
        xml.leaf("uws:creationTime", format_utc(job.creation_time));
        xml.close();
    });
    xml.end();
}

}  // namespace vo::uws
