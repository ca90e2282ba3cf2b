// SPDX-License-Identifier: Apache-2.0
// From the store, the archive and the Internet to a folder.
#include "stage.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "http/fetch.h"
#include "shepherd/descriptor.h"
#include "uws/inline_file.h"

namespace vo::worker {

namespace {

constexpr std::int64_t kMegabyte = 1'000'000;
// Of one address.
constexpr std::chrono::seconds kLongestFetch{600};
constexpr std::string_view kUnnamed = "file";

[[noreturn]] void fail_write(const std::string& path) {
    const int reason = errno;
    if (reason == ENOSPC || reason == EDQUOT || reason == EFBIG)
        throw Error(Code::StoreFull, "the disk that programs of jobs work on is full");
    throw Error(Code::Internal, "an input could not be copied").with_detail(path + ": " + std::strerror(reason));
}

// A copy, for the program may do with it what it likes.
void copy(int from, const std::string& path, const Cancel& cancel) {
    const Descriptor to(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (to.get() < 0) fail_write(path);
    loff_t at = 0;
    while (true) {
        constexpr std::size_t kPiece = 16 << 20;
        const auto copied = ::copy_file_range(from, &at, to.get(), nullptr, kPiece, 0);
        if (copied == 0) return;
        if (copied < 0 && errno != EINTR) break;
        cancel.check();
    }
    // File systems that cannot copy by themselves.
    if (errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP) fail_write(path);
    std::string buffer(1 << 20, '\0');
    while (true) {
        const auto got = ::pread(from, buffer.data(), buffer.size(), at);
        if (got == 0) return;
        if (got < 0) fail_write(path);
        for (ssize_t written = 0; written < got;) {
            const auto more = ::write(to.get(), buffer.data() + written, static_cast<std::size_t>(got - written));
            if (more < 0) fail_write(path);
            written += more;
        }
        at += got;
        cancel.check();
    }
}

// The file of the dataset on this host, as it was ingested.
std::string find_dataset(pg::Connection& db, const std::string& name, const std::string& did) {
    const auto found = db.exec(
        "SELECT path FROM dl3.observations JOIN dl3.hdus USING (obs) JOIN dl3.files USING (file) "
        "WHERE obs_publisher_did = $1 AND hdu_type = 'events' LIMIT 1",
        {did});
    if (found.rows() == 0)
        throw Error(Code::NotFound, name + ": there is no event list with the obs_publisher_did \"" + did + "\" any more");
    return std::string(found.text(0, 0));
}

// What a job's owner sees of an address: its last segment.
std::string name_of(const std::string& url) {
    const auto path = url.substr(0, url.find_first_of("?#"));
    const auto name = path.substr(path.rfind('/') + 1);
    return name.empty() ? std::string(kUnnamed) : name;
}

class Stage {
  public:
    Stage(const Staging& with, const uws::Claim& claim, pg::Connection& db, const std::string& folder)
        : with_(with), claim_(claim), db_(db), folder_(folder) {}

    std::string take(const jdl::Input& input, const uws::Parameter& parameter, std::int64_t number) {
        auto path = folder_ + '/' + jdl::input_file(input, number);
        if (const auto file = uws::find_inline_file(parameter.value); file && parameter.file.empty())
            take_stored(get_file(input, *file), path, input);
        else if (!parameter.file.empty())
            take_stored(parameter, path, input);
        else if (!parameter.entity.empty())
            take_entity(input, parameter.entity, path);
        else if (parameter.value.starts_with("ivo://"))
            take_dataset(input, parameter.value, path);
        else
            take_address(input, parameter.value, path);
        return path;
    }

  private:
    const uws::Parameter& get_file(const jdl::Input& input, std::string_view name) {
        for (const auto& parameter : claim_.job.parameters)
            if (!parameter.file.empty() && parameter.name == name) return parameter;
        throw Error(Code::BadRequest, input.name + ": param:" + std::string(cut_text(name, 64)) +
                                          " names no file that came with the job");
    }

    // Programs have so much disk, inputs and all; what does not fit there must not fill the disk of others.
    void bring(int from, const jdl::Input& input, const std::string& path) {
        struct stat status{};
        if (::fstat(from, &status) == 0) check_size(input, status.st_size);
        brought_ += status.st_size;
        const auto most = with_.kind.disk_mb;
        if (most > 0 && brought_ > most * kMegabyte)
            throw Error(Code::TooLarge, "the inputs have more than " + std::to_string(most) +
                                            " MB together, which is the disk that this kind of job may use");
        copy(from, path, with_.cancel);
    }

    void take_stored(const uws::Parameter& parameter, const std::string& path, const jdl::Input& input) {
        const auto file = with_.store.read(parameter.file);
        bring(file.get(), input, path);
        if (!parameter.entity.empty()) note(parameter.entity, input);
    }

    void take_entity(const jdl::Input& input, const std::string& id, const std::string& path) {
        const auto entity = uws::get_entity(db_, id, claim_.job.owner);
        const auto file = with_.store.read(entity.file);
        bring(file.get(), input, path);
        note(id, input);
    }

    void take_dataset(const jdl::Input& input, const std::string& did, const std::string& path) {
        const auto source = find_dataset(db_, input.name, did);
        const Descriptor file(::open(source.c_str(), O_RDONLY | O_CLOEXEC));
        if (file.get() < 0) {
            const int reason = errno;
            throw Error(Code::NotFound, input.name + ": the file of " + did +
                                            " cannot be read by this worker; please tell the operators")
                .with_detail(source + ": " + std::strerror(reason));
        }
        bring(file.get(), input, path);
    }

    void take_address(const jdl::Input& input, const std::string& url, const std::string& path) {
        // An earlier attempt has fetched it: neither the other site nor the quota sees it twice.
        const uws::Use use{.job_id = claim_.ticket.job_id, .role = input.name};
        if (const auto known = uws::find_fetched(db_, use, url)) return take_entity(input, *known, path);
        const auto most = input.max_mb > 0 ? std::min(input.max_mb * kMegabyte, with_.config.max_upload_bytes)
                                           : with_.config.max_upload_bytes;
        uws::EntityFile stored(with_.store);
        http::fetch(url,
                    {.max_bytes = most,
                     .time = kLongestFetch,
                     .allow_loopback = with_.config.fetch_loopback != 0,
                     .watch_fd = with_.cancel.watch_fd()},
                    stored);
        stored.keep();
        const auto entity = uws::add_entity(
            db_, with_.store, stored,
            {.name = name_of(url),
             .content_type = input.content_types.empty() ? "application/octet-stream" : input.content_types.front(),
             .extension = {},
             .owner = claim_.job.owner,
             .client = claim_.client,
             .origin = "url",
             .location = url},
            with_.limits);
        note(entity.id, input);
        const auto file = with_.store.read(entity.file);
        bring(file.get(), input, path);
    }

    void check_size(const jdl::Input& input, std::int64_t size) const {
        if (input.max_mb > 0 && size > input.max_mb * kMegabyte)
            throw Error(Code::TooLarge, input.name + ": the file has " + std::to_string(size) + " bytes; it may have " +
                                            std::to_string(input.max_mb) + " MB");
    }

    void note(const std::string& entity, const jdl::Input& input) {
        uws::note_use(db_, entity, {.job_id = claim_.ticket.job_id, .role = input.name});
    }

    const Staging& with_;
    const uws::Claim& claim_;
    pg::Connection& db_;
    const std::string& folder_;
    std::int64_t brought_ = 0;
};

}  // namespace

std::map<std::string, std::vector<std::string>> stage_inputs(const Staging& staging,
                                                             const uws::Claim& claim,
                                                             pg::Connection& db,
                                                             const std::string& folder) {
    std::map<std::string, std::vector<std::string>> paths;
    Stage stage(staging, claim, db, folder);
    for (const auto& parameter : claim.job.parameters) {
        const auto* input = staging.kind.find_input(parameter.name);
        if (input == nullptr) continue;
        auto& those = paths[input->name];
        those.push_back(stage.take(*input, parameter, std::ssize(those) + 1));
    }
    return paths;
}

}  // namespace vo::worker
