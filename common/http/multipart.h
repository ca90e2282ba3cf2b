// SPDX-License-Identifier: Apache-2.0
// multipart/form-data (RFC 7578) to parameters and files, as it arrives; private to common/http.
//
//     MultipartParser parser(multipart_boundary(content_type), limits, params, files);
//     while (more) parser.feed(piece);
//     parser.finish();
//
// Linear in the size of the body. A body that is malformed or cut short is a BadRequest, one beyond
// the limits TooLarge. Memory is the parameters and one buffer: files go to scratch files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/request.h"

namespace vo::http {

// A media type without its parameters, in lower case: "text/plain".
[[nodiscard]] std::string media_type(std::string_view content_type);

// The value of a parameter of a header field, quotes and their escapes removed; empty when it is
// not there.
[[nodiscard]] std::string header_parameter(std::string_view field, std::string_view name);

// The boundary of a Content-Type; BadRequest when it has none that RFC 2046 allows.
[[nodiscard]] std::string multipart_boundary(std::string_view content_type);

inline constexpr std::size_t kMaxParts = 1000;
inline constexpr std::size_t kMaxFiles = 64;  // each is a buffer or an open file
inline constexpr std::size_t kMaxPartHeaderBytes = 8192;

class MultipartParser {
  public:
    // REQUIRES: params and files outlive the parser.
    MultipartParser(const std::string& boundary,
                    BodyLimits limits,
                    Params& params,
                    std::vector<File>& files);

    void feed(std::string_view piece);
    void finish();

  private:
    enum class State { Preamble, Header, Content, Epilogue };

    // The next line that is the boundary.
    struct Delimiter {
        std::size_t begin = 0;  // where the content before it ends
        std::size_t end = 0;    // where the next part begins
        bool last = false;
    };

    // Whether there is one. What stands before `settled` is none, whatever follows.
    struct Search {
        std::optional<Delimiter> found;
        std::size_t settled = 0;
    };

    void parse(bool whole);
    [[nodiscard]] Search search(std::size_t from, bool at_line_start, bool whole) const;
    bool parse_preamble(bool whole);
    bool parse_header(bool whole);
    bool parse_content(bool whole);
    void begin_part(std::string_view header);
    void take_content(std::string_view bytes);
    void end_part();
    void step_over(const Delimiter& delimiter);

    std::string boundary_;
    std::string needle_;  // with the CRLF before it
    BodyLimits limits_;
    Params& params_;
    std::vector<File>& files_;

    State state_ = State::Preamble;
    std::string buffer_;
    std::size_t at_ = 0;  // what stands before it in the buffer is done
    bool line_start_ = true;
    bool bare_lf_ = false;
    std::size_t parts_ = 0;
    std::int64_t text_bytes_ = 0;
    std::int64_t file_bytes_ = 0;
    std::optional<Param> param_;  // the part in the making, if it is no file
};

[[noreturn]] void refuse_body_size(std::int64_t limit);
[[noreturn]] void refuse_upload_size(std::int64_t limit);

}  // namespace vo::http
