// SPDX-License-Identifier: Apache-2.0
// Request: what a client asked, as values: method, path below the mount point, DALI parameters,
// uploaded files, headers, the user whom the web server vouches for.
//
//     const std::string lang(request.params().find_single("LANG").value_or("ADQL"));
//     for (const auto upload : request.params().find_all("UPLOAD")) ...
//
// Parameters of the query string come first, then those of the body (urlencoded or
// multipart/form-data, on every endpoint: DALI 1.1 §2). Names match without case, values keep
// theirs; a repeated single-valued parameter is an error (DALI §4.2), an unknown one is ignored.
// Every name and value is well-formed UTF-8 without NUL, or the request is refused. The server
// loop makes the Request and reads its parameters before a handler sees it; tests make one from
// CGI variables and a string. Memory is bounded by the body limit, files stand in scratch files;
// one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/scratch.h"

namespace vo::http {

struct Param {
    std::string name;
    std::string value;
};

class Params {
  public:
    // BadRequest for what no parameter may hold, and for more than kMaxParams of them.
    void add(std::string name, std::string value);

    [[nodiscard]] std::vector<std::string_view> find_all(std::string_view name) const;
    // BadRequest when it is given more than once; `?QUERY=` gives an empty text, not "absent".
    [[nodiscard]] std::optional<std::string_view> find_single(std::string_view name) const;

    // In the order of the request, names as the client wrote them.
    [[nodiscard]] const std::vector<Param>& all() const { return params_; }

    static constexpr std::size_t kMaxParams = 10'000;

  private:
    std::vector<Param> params_;
};

// A part of a multipart body that has a file name, or a media type that is not text.
struct File {
    std::string name;
    std::string filename;
    std::string content_type;
    std::shared_ptr<ScratchFile> content;
};

// Of a body: all that is no file, and all files together.
struct BodyLimits {
    std::int64_t max_body_bytes = 4'194'304;
    std::int64_t max_upload_bytes = 0;
    std::string scratch_folder = "/var/tmp";
};

// Fills the buffer with the next bytes of the body; 0 at its end. Throws what stopped it.
using BodySource = std::function<std::size_t(char* buffer, std::size_t size)>;

class Request {
  public:
    // The CGI variables of RFC 3875.
    using Variables = std::map<std::string, std::string, std::less<>>;

    // Takes method and path only, and never fails on what a client sent.
    explicit Request(Variables variables);
    // With the parameters read, as the server loop would.
    Request(Variables variables, std::string_view body, const BodyLimits& limits = {});

    // Query string, then the body to its end whatever CONTENT_LENGTH says. With `plain` the body is
    // one text, whatever its media type.
    void read_params(const BodySource& body, const BodyLimits& limits, bool plain = false);

    // Unique in the log; the incident number of an internal error is another.
    [[nodiscard]] const std::string& id() const { return id_; }

    [[nodiscard]] const std::string& method() const { return method_; }

    // Decoded, below the mount point: "/tables/ivoa.obscore".
    [[nodiscard]] std::string path() const;

    // The same as decoded segments, so that a "/" inside a name (%2F) can be told from a
    // separator. Empty segments are dropped: "/tables/" is "/tables".
    [[nodiscard]] const std::vector<std::string>& segments() const { return segments_; }

    // The segment that stood at `{name}` of the route. REQUIRES: the route has it.
    [[nodiscard]] std::string_view placeholder(std::string_view name) const;

    [[nodiscard]] const Params& params() const { return params_; }

    [[nodiscard]] const std::vector<File>& files() const { return files_; }

    // Of a route with a plain body (UWS 1.1 §2.2.3.3, PUT of a parameter).
    [[nodiscard]] const std::string& plain_body() const { return plain_body_; }

    // The file part of that name (case matters: it is a reference, not a DALI name), or nullptr.
    [[nodiscard]] const File* find_file(std::string_view name) const;

    // header("Accept"); empty when the client sent none.
    [[nodiscard]] std::string_view header(std::string_view name) const;

    [[nodiscard]] std::string_view variable(std::string_view name) const;

    // Only what the web server verified; never the client's own Remote-User header.
    [[nodiscard]] std::optional<std::string_view> remote_user() const;

    [[nodiscard]] std::string_view remote_address() const { return variable("REMOTE_ADDR"); }

    // For the server loop: names and segments of the matched route.
    void set_placeholders(std::vector<std::pair<std::string, std::string>> placeholders);

  private:
    void read_query_string();
    void read_body(const BodySource& source, const BodyLimits& limits);
    void read_plain_body(const BodySource& source, const BodyLimits& limits);

    Variables variables_;
    std::string id_;
    std::string method_;
    std::vector<std::string> segments_;
    std::vector<std::pair<std::string, std::string>> placeholders_;
    Params params_;
    std::vector<File> files_;
    std::string plain_body_;
};

}  // namespace vo::http
