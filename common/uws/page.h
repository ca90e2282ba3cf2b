// SPDX-License-Identifier: Apache-2.0
// Pages of jobs for people, and the words that all forms of a job share; private to common/uws.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "uws/document.h"

namespace vo::uws {

// `url` is the job's.
[[nodiscard]] std::string parameter_url(const std::string& url, const Parameter& parameter);
[[nodiscard]] std::string result_url(const std::string& url, const Result& result);

// What jobInfo has; empty when there is nothing to say.
[[nodiscard]] std::string progress_words(const Job& job);
// What stands in jobInfo: progressDesc, progress (percent), queuePosition, rows, bytes, kindVersion.
using InfoField = std::pair<std::string_view, std::variant<std::string, std::int64_t, double>>;
[[nodiscard]] std::vector<InfoField> info_fields(const Job& job);

void write_job_page(Sink& sink, const Job& job, const std::string& list_url);
void write_list_page(Sink& sink,
                     const std::function<void(const TakeJob&)>& each,
                     const std::string& list_url,
                     const ListWords& words);

}  // namespace vo::uws
