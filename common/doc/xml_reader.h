// SPDX-License-Identifier: Apache-2.0
// XML from anywhere, read by Xerces-C as it is asked for: one event after the other.
//
//     doc::XmlReader xml(file);
//     while (const auto* event = xml.next())
//         if (event->is_start("FIELD")) ... *event->attribute("name") ...
//
// Names are without their prefixes, for documents of one language need no namespaces. A DOCTYPE
// that declares anything is refused, and one that names a DTD is passed over, so that there are no
// entities but the five of XML 1.0 and nothing is ever fetched. What
// is held is one tag or 64 KiB of text: a tag, comment or CDATA section of more than a megabyte is
// refused, and elements within each other have a bound. Text that is long comes in several events,
// or by pour() at once into a Sink. All errors are BadRequest with the place in the document.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/sink.h"

namespace vo::doc {

struct XmlEvent {
    enum class Kind { Start, End, Text };

    struct Attribute {
        std::string name;
        std::string value;
    };

    Kind kind = Kind::Text;
    std::string name;  // of the element
    std::vector<Attribute> attributes;
    std::string text;
    Place place;  // where it ends

    [[nodiscard]] bool is_start(std::string_view element) const {
        return kind == Kind::Start && name == element;
    }

    [[nodiscard]] bool is_end(std::string_view element) const {
        return kind == Kind::End && name == element;
    }

    // Empty where there is none.
    [[nodiscard]] const std::string& attribute(std::string_view name) const;
};

class XmlReader {
  public:
    // Reads the file by position from its first byte on; it stays the caller's.
    explicit XmlReader(int file);
    ~XmlReader();
    XmlReader(const XmlReader&) = delete;
    XmlReader& operator=(const XmlReader&) = delete;

    // nullptr after the last one; an event lives until the next call.
    [[nodiscard]] const XmlEvent* next();

    // The text of the element whose Start came last, up to its end; an element within is an error.
    void pour(Sink& sink);

    // The same as a string of at most so many bytes.
    [[nodiscard]] std::string text(std::size_t max_bytes);

    // Up to the end of the element whose Start came last.
    void skip();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace vo::doc
