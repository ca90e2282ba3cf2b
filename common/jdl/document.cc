// SPDX-License-Identifier: Apache-2.0
// The forms that a description is served in, and the rows that they share.
#include "jdl/document.h"

#include <array>

#include "base/text.h"
#include "jdl/write.h"

namespace vo::jdl {

namespace {

constexpr std::array kNumbers{
    NumberRow{"time_s", "executionDuration", "s", "uws:Job.executionDuration", &Kind::time_s},
    NumberRow{"time_hard_s", "executionDurationMax", "s", "", &Kind::time_hard_s},
    NumberRow{"memory_mb", "memory", "Mbyte", "", &Kind::memory_mb},
    NumberRow{"disk_mb", "disk", "Mbyte", "", &Kind::disk_mb},
    NumberRow{"cores", "cores", "", "", &Kind::cores},
};

constexpr std::array kTexts{
    TextRow{"title", "title", "", &Kind::title, false},
    TextRow{"documentation", "doculink", "voprov:ActivityDescription.doculink",
            &Kind::documentation, true},
    TextRow{"type", "type", "voprov:ActivityDescription.type", &Kind::type, true},
    TextRow{"subtype", "subtype", "voprov:ActivityDescription.subtype", &Kind::subtype, true},
    TextRow{"version", "version", "voprov:ActivityDescription.version", &Kind::version, true},
    TextRow{"contact_name", "contact_name", "voprov:Agent.name", &Kind::contact_name, true},
    TextRow{"contact_email", "contact_email", "voprov:Agent.email", &Kind::contact_email, true},
    TextRow{"executor", "executor", "", &Kind::executor, true},
    TextRow{"partition", "partition", "", &Kind::partition, false},
};

constexpr std::array kTypes{
    TypeRow{Type::Boolean, "xs:boolean"}, TypeRow{Type::Short, "xs:short"},
    TypeRow{Type::Int, "xs:int"},         TypeRow{Type::Long, "xs:long"},
    TypeRow{Type::Float, "xs:float"},     TypeRow{Type::Double, "xs:double"},
    TypeRow{Type::Char, "xs:string"},
};

struct FormRow {
    Form form;
    std::string_view content_type;
    void (*write)(Sink& sink, const Kind& kind, const std::string& kind_url);
};

constexpr std::array kForms{
    FormRow{Form::VOTable, "application/x-votable+xml", write_votable},
    FormRow{Form::Json, "application/json", write_json},
    FormRow{Form::Wadl, "application/vnd.sun.wadl+xml", write_wadl},
};

const FormRow& row_of(Form form) {
    return kForms.at(static_cast<std::size_t>(form));
}

}  // namespace

std::span<const NumberRow> number_rows() {
    return kNumbers;
}

std::span<const TextRow> text_rows() {
    return kTexts;
}

std::span<const TypeRow> type_rows() {
    return kTypes;
}

std::string origin_text(const Input& input) {
    std::string text;
    for (const auto origin : input.origins)
        text += (text.empty() ? "" : " ") + std::string(word_of(origin));
    return text;
}

void write_jdl(Sink& sink, Form form, const Kind& kind, const std::string& kind_url) {
    row_of(form).write(sink, kind, kind_url);
}

std::string_view content_type(Form form) {
    return row_of(form).content_type;
}

}  // namespace vo::jdl
