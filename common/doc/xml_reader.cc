// SPDX-License-Identifier: Apache-2.0
// The events of Xerces-C's progressive SAX2 parser, in a queue that is as long as one token's are.
#include "doc/xml_reader.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>
#include <system_error>

#include <unistd.h>
#include <xercesc/framework/XMLPScanToken.hpp>
#include <xercesc/sax/InputSource.hpp>
#include <xercesc/sax/Locator.hpp>
#include <xercesc/sax/SAXParseException.hpp>
#include <xercesc/sax2/Attributes.hpp>
#include <xercesc/sax2/DefaultHandler.hpp>
#include <xercesc/sax2/SAX2XMLReader.hpp>
#include <xercesc/sax2/XMLReaderFactory.hpp>
#include <xercesc/util/BinInputStream.hpp>
#include <xercesc/util/OutOfMemoryException.hpp>
#include <xercesc/util/PlatformUtils.hpp>
#include <xercesc/util/XMLUni.hpp>

#include "base/text.h"
#include "base/unicode.h"

namespace vo::doc {

namespace {

constexpr std::size_t kTextBytes = 65'536;
constexpr std::int64_t kSilentBytes = 1'200'000;
constexpr std::size_t kDepth = 100;
constexpr std::size_t kNameBytes = 64'000;

// Never undone: another thread may still be reading.
void start_xerces() {
    static const bool started = [] {
        xercesc::XMLPlatformUtils::Initialize();
        return true;
    }();
    static_cast<void>(started);
}

void set_utf8(std::string& out, const XMLCh* text, std::size_t size) {
    out.clear();
    append_utf8(out, std::u16string_view(text, size));
}

void set_utf8(std::string& out, const XMLCh* text) {
    set_utf8(out, text, std::char_traits<XMLCh>::length(text));
}

// "vot:TD" -> "TD"
void cut_prefix(std::string& name) {
    if (const auto colon = name.rfind(':'); colon != std::string::npos) name.erase(0, colon + 1);
}

Place place_of(XMLFileLoc line, XMLFileLoc column) {
    return {static_cast<int>(line), static_cast<int>(column)};
}

// Where the document begins: blanks before its XML declaration, which pages that are made by
// programs have, are not XML.
XMLFilePos find_start(int file) {
    std::array<char, 512> bytes{};
    const auto got = ::pread(file, bytes.data(), bytes.size(), 0);
    const std::string_view text(bytes.data(), got < 0 ? 0 : static_cast<std::size_t>(got));
    const auto first = text.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && text.substr(first).starts_with("<?xml") ? first : 0;
}

// Old VOTables name their DTD, which is read by nobody. Where it declares nothing itself, the
// declaration is blanked, so that Xerces knows of none and an entity without one stays an error.
void blank_doctype(char* bytes, std::size_t size) {
    const auto text = std::string_view(bytes, size).substr(0, 4096);
    const auto begin = text.find("<!DOCTYPE");
    if (begin == std::string_view::npos) return;
    for (auto at = text.find('<'); at < begin; at = text.find('<', at + 1))
        if (text[at + 1] != '?' && text[at + 1] != '!') return;
    const auto end = text.find_first_of("[>", begin);
    if (end == std::string_view::npos || text[end] == '[') return;
    std::fill(bytes + begin, bytes + end + 1, ' ');
}

// Bytes of the file; gives up when they go on and on without a token.
class FileStream final : public xercesc::BinInputStream {
  public:
    FileStream(int file, std::int64_t& silent)
        : file_(file), start_(find_start(file)), offset_(start_), silent_(silent) {}

    [[nodiscard]] XMLFilePos curPos() const override { return offset_; }

    XMLSize_t readBytes(XMLByte* to, XMLSize_t most) override {
        if (silent_ > kSilentBytes)
            throw Error(Code::BadRequest,
                        "The XML has a tag, comment or CDATA section of more than a megabyte.");
        ssize_t got = 0;
        do
            got = ::pread(file_, to, most, static_cast<off_t>(offset_));
        while (got < 0 && errno == EINTR);
        if (got < 0)
            throw Error(Code::Internal, "A document could not be read.")
                .with_detail(std::generic_category().message(errno));
        if (offset_ == start_)
            blank_doctype(reinterpret_cast<char*>(to), static_cast<std::size_t>(got));
        offset_ += static_cast<XMLFilePos>(got);
        silent_ += got;
        return static_cast<XMLSize_t>(got);
    }

    [[nodiscard]] const XMLCh* getContentType() const override { return nullptr; }

  private:
    int file_;
    XMLFilePos start_;
    XMLFilePos offset_;
    std::int64_t& silent_;
};

class FileSource final : public xercesc::InputSource {
  public:
    FileSource(int file, std::int64_t& silent) : file_(file), silent_(silent) {}

    [[nodiscard]] xercesc::BinInputStream* makeStream() const override {
        return new FileStream(file_, silent_);
    }

  private:
    int file_;
    std::int64_t& silent_;
};

// Xerces quotes what it does not like, whatever its length.
std::string broken_words(const XMLCh* message) {
    constexpr std::size_t kLongest = 300;
    std::string words;
    set_utf8(words, message);
    const auto shown = cut_text(words, kLongest);
    return "The XML is broken: " + std::string(shown) + (shown.size() < words.size() ? "..." : "");
}

class Handler final : public xercesc::DefaultHandler {
  public:
    // Since the last callback.
    std::int64_t silent = 0;
    // Where text goes instead of into events.
    Sink* sink = nullptr;

    void setDocumentLocator(const xercesc::Locator* locator) override { locator_ = locator; }

    void startElement(const XMLCh*,
                      const XMLCh*,
                      const XMLCh* name,
                      const xercesc::Attributes& attributes) override {
        if (++depth_ > kDepth)
            throw Error(Code::BadRequest,
                        "Elements within each other, more than " + std::to_string(kDepth) + ".",
                        place());
        auto& event = add(XmlEvent::Kind::Start);
        set_utf8(event.name, name);
        count_name(event.name);
        cut_prefix(event.name);
        event.attributes.resize(attributes.getLength());
        for (XMLSize_t i = 0; i < attributes.getLength(); ++i) {
            set_utf8(event.attributes[i].name, attributes.getQName(i));
            count_name(event.attributes[i].name);
            set_utf8(event.attributes[i].value, attributes.getValue(i));
        }
    }

    void endElement(const XMLCh*, const XMLCh*, const XMLCh* name) override {
        --depth_;
        auto& event = add(XmlEvent::Kind::End);
        set_utf8(event.name, name);
        cut_prefix(event.name);
    }

    void characters(const XMLCh* text, XMLSize_t size) override {
        if (sink != nullptr) {
            silent = 0;
            set_utf8(poured_, text, size);
            sink->write(poured_);
            return;
        }
        set_utf8(add(XmlEvent::Kind::Text).text, text, size);
    }

    void ignorableWhitespace(const XMLCh* text, XMLSize_t size) override { characters(text, size); }

    void startDTD(const XMLCh*, const XMLCh*, const XMLCh*) override {
        throw Error(Code::BadRequest,
                    "The XML has a document type declaration (<!DOCTYPE ...>). Leave it out: "
                    "entities of its own are not read.",
                    place());
    }

    // Xerces looks for no other file before startDTD; this is the second lock.
    xercesc::InputSource* resolveEntity(const XMLCh*, const XMLCh*) override {
        throw Error(Code::BadRequest, "The XML names another file. It is not read.", place());
    }

    void fatalError(const xercesc::SAXParseException& error) override {
        throw Error(Code::BadRequest, broken_words(error.getMessage()) + ".",
                    place_of(error.getLineNumber(), error.getColumnNumber()));
    }

    // nullptr when there is none.
    const XmlEvent* take() {
        if (taken_ < count_) return &events_[taken_++];
        taken_ = count_ = 0;
        return nullptr;
    }

    [[nodiscard]] bool has_events() const { return taken_ < count_; }

    [[nodiscard]] Place place() const {
        return locator_ == nullptr
                   ? Place{}
                   : place_of(locator_->getLineNumber(), locator_->getColumnNumber());
    }

  private:
    // Xerces remembers each name that it meets as long as it reads.
    void count_name(const std::string& name) {
        constexpr std::size_t kEach = 32;
        if (!names_.insert(name).second) return;
        name_bytes_ += name.size() + kEach;
        if (name_bytes_ > kNameBytes)
            throw Error(Code::BadRequest,
                        "Elements and attributes have more different names than any document.",
                        place());
    }

    // Events are used again, so that their strings keep their room.
    XmlEvent& add(XmlEvent::Kind kind) {
        silent = 0;
        if (count_ == events_.size()) events_.emplace_back();
        auto& event = events_[count_++];
        event.kind = kind;
        event.name.clear();
        event.text.clear();
        event.attributes.clear();
        event.place = place();
        return event;
    }

    std::vector<XmlEvent> events_;
    std::set<std::string> names_;
    std::size_t name_bytes_ = 0;
    std::size_t count_ = 0;
    std::size_t taken_ = 0;
    std::size_t depth_ = 0;
    std::string poured_;
    const xercesc::Locator* locator_ = nullptr;
};

}  // namespace

const std::string& XmlEvent::attribute(std::string_view wanted) const {
    static const std::string kNone;
    for (const auto& attribute : attributes)
        if (attribute.name == wanted) return attribute.value;
    return kNone;
}

struct XmlReader::State {
    explicit State(int file) : source(file, handler.silent) {
        using U = xercesc::XMLUni;
        parser.reset(xercesc::XMLReaderFactory::createXMLReader());
        parser->setFeature(U::fgSAX2CoreValidation, false);
        parser->setFeature(U::fgSAX2CoreNameSpaces, false);
        parser->setFeature(U::fgSAX2CoreNameSpacePrefixes, true);
        parser->setFeature(U::fgXercesSchema, false);
        parser->setFeature(U::fgXercesLoadExternalDTD, false);
        parser->setFeature(U::fgXercesDisableDefaultEntityResolution, true);
        parser->setInputBufferSize(kTextBytes);
        parser->setContentHandler(&handler);
        parser->setErrorHandler(&handler);
        parser->setEntityResolver(&handler);
        parser->setLexicalHandler(&handler);
    }

    // False at the end of the document.
    bool parse() {
        try {
            if (ended) return false;
            if (!begun) {
                begun = true;
                if (!parser->parseFirst(source, token)) ended = true;
            } else if (!parser->parseNext(token)) {
                ended = true;
            }
            return !ended || handler.has_events();
        } catch (const xercesc::SAXException& error) {
            fail(error.getMessage());
        } catch (const xercesc::XMLException& error) {
            fail(error.getMessage());
        } catch (const xercesc::OutOfMemoryException&) {
            throw Error(Code::TooLarge, "The XML is too large for the memory there is.");
        }
    }

    [[noreturn]] void fail(const XMLCh* message) const {
        throw Error(Code::BadRequest, broken_words(message), handler.place());
    }

    Handler handler;
    FileSource source;
    xercesc::XMLPScanToken token;
    // After what it points to: it goes first.
    std::unique_ptr<xercesc::SAX2XMLReader> parser;
    bool begun = false;
    bool ended = false;
};

XmlReader::XmlReader(int file) {
    start_xerces();
    state_ = std::make_unique<State>(file);
}

XmlReader::~XmlReader() = default;

const XmlEvent* XmlReader::next() {
    while (true) {
        if (const auto* event = state_->handler.take()) return event;
        if (!state_->parse()) return nullptr;
    }
}

void XmlReader::pour(Sink& sink) {
    state_->handler.sink = &sink;
    while (!state_->handler.has_events() && state_->parse())
        continue;
    state_->handler.sink = nullptr;
    const auto* event = next();
    if (event == nullptr || event->kind == XmlEvent::Kind::End) return;
    throw Error(Code::BadRequest, "<" + event->name + "> where only text can be.", event->place);
}

std::string XmlReader::text(std::size_t max_bytes) {
    class Bounded final : public Sink {
      public:
        explicit Bounded(std::size_t most) : most_(most) {}

        void write(std::string_view bytes) override {
            text += bytes;
            if (text.size() > most_)
                throw Error(Code::TooLarge,
                            "A text of the XML has more than " + std::to_string(most_) + " bytes.");
        }

        std::string text;

      private:
        std::size_t most_;
    };

    Bounded sink(max_bytes);
    pour(sink);
    return std::move(sink.text);
}

void XmlReader::skip() {
    std::size_t open = 1;
    while (open > 0) {
        const auto* event = next();
        if (event == nullptr) return;
        if (event->kind == XmlEvent::Kind::Start) ++open;
        if (event->kind == XmlEvent::Kind::End) --open;
    }
}

}  // namespace vo::doc
