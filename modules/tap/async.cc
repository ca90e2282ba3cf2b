// SPDX-License-Identifier: Apache-2.0
// tap-async.fcgi: /tap/async, the jobs of the TAP service. They run in vogate-worker; here they are
// made, shown and waited for, apart from the slots of synchronous queries.
#include <atomic>
#include <memory>

#include "base/config.h"
#include "base/program.h"
#include "base/time.h"
#include "config.h"
#include "uws/host.h"
#include "uws/rest.h"

namespace vo::tap {

namespace {

std::shared_ptr<const uws::RestOptions> make_options(const Config& config) {
    return std::make_shared<const uws::RestOptions>(uws::RestOptions{
        .list = "tap",
        .url = config.base_url + "/tap/async",
        .words = {.title = "Asynchronous queries", .note = {}},
        .queue = {.queue = "tap",
                  .length = config.async_queue_length,
                  .per_client = config.async_queue_per_owner,
                  .pending = config.async_pending_per_owner},
        .parameters = {.value_bytes = config.max_body_bytes, .file_bytes = config.max_upload_bytes},
        .duration_s = config.async_limit_s,
        .duration_hard_s = config.async_limit_hard_s,
        .keep_s = config.async_job_days * kSecondsOfDay,
        .keep_hard_s = config.async_job_days_hard * kSecondsOfDay,
        .accumulating = {"UPLOAD"}});
}

int run(std::string_view config_option) {
    uws::Host host("tap-async", find_config_path(config_option));
    std::atomic<std::shared_ptr<const uws::RestOptions>> options = make_options(*host.config());
    uws::Rest rest(host, [&](const http::Request&) { return options.load(); });
    return host.serve(rest.routes(), [&](const Config& config) { options = make_options(config); });
}

}  // namespace

}  // namespace vo::tap

int main(int argc, char** argv) {
    return vo::run_service({"tap-async", "tap-async.fcgi", PACKAGE_VERSION}, argc, argv, vo::tap::run);
}
