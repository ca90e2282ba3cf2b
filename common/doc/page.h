// SPDX-License-Identifier: Apache-2.0
// The frame of the pages that services write for people: one look, light and dark, nothing fetched
// from anywhere, no script.
//
//     XmlWriter xml(response, XmlWriter::Layout::Html);
//     open_page(xml, "Tables");          // body is open now
//     xml.leaf("h1", "Tables");
//     xml.end();
#pragma once

#include <string_view>

#include "doc/xml_writer.h"

namespace vo::doc {

// A Content-Security-Policy under which these pages work.
inline constexpr std::string_view kPagePolicy =
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'";

// `style` is added to the common one.
void open_page(XmlWriter& xml, std::string_view title, std::string_view style = {});

}  // namespace vo::doc
