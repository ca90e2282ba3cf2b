// SPDX-License-Identifier: Apache-2.0
// Pages of jobs for people, and the words that all forms of a job share; private to common/uws.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "uws/document.h"

namespace vo::uws {

// `url` is the job's.
[[nodiscard]] std::string parameter_url(const std::string& url, const Parameter& parameter);
[[nodiscard]] std::string result_url(const std::string& url, const Result& result);

// What jobInfo has; empty when there is nothing to say.
[[nodiscard]] std::string progress_words(const Job& job);
[[nodiscard]] std::vector<std::pair<std::string_view, std::int64_t>> progress_numbers(const Job& job);

void write_job_page(Sink& sink, const Job& job, const std::string& list_url);
void write_list_page(Sink& sink,
                     const std::function<void(const TakeJob&)>& each,
                     const std::string& list_url,
                     const ListWords& words);

}  // namespace vo::uws
