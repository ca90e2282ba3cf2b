// SPDX-License-Identifier: Apache-2.0
// Jobs as documents: UWS 1.1 XML, the same in JSON, and pages for people.
//
// All addresses are made from `list_url`, the absolute address of the job list. Where a document
// holds less than a job (its results, its parameters), its root is that element.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/sink.h"
#include "uws/job.h"

namespace vo::uws {

enum class Form { Xml, Json, Html };

// By the header Accept: JSON or a page for who prefers it, as browsers do; XML for all others.
[[nodiscard]] Form choose_form(std::string_view accept);
[[nodiscard]] std::string_view content_type(Form form);

enum class Part { Job, Parameters, Results };

void write_job(Sink& sink, Form form, const Job& job, Part part, const std::string& list_url);

// Calls `each` with a function that takes the jobs, one after the other.
using TakeJob = std::function<void(const JobRef&)>;
// `title` and `note` are for people: what the list is, and why it is as it is.
struct ListWords {
    std::string title;
    std::string note;
};
void write_list(Sink& sink,
                Form form,
                const std::function<void(const TakeJob&)>& each,
                const std::string& list_url,
                const ListWords& words);

[[nodiscard]] std::string job_url(const std::string& list_url, std::string_view id);

}  // namespace vo::uws
