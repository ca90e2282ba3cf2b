// SPDX-License-Identifier: Apache-2.0
// STC-S and DALI texts to shapes.
#include "adql/region.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "adql/parser.h"
#include "adql/polygon.h"
#include "base/text.h"

namespace vo::adql {

namespace {

constexpr std::size_t kMaxDepth = 20;
constexpr std::size_t kMaxShapes = 200;

// What may follow a frame and changes nothing here.
constexpr std::array<std::string_view, 10> kReferences{
    "BARYCENTER", "CARTESIAN2",  "CARTESIAN3", "GEOCENTER",  "HELIOCENTER",
    "LSR",        "RELOCATABLE", "SPHERICAL2", "TOPOCENTER", "UNKNOWNREFPOS"};

struct ShapeWord {
    std::string_view name;
    Shape::Kind kind;
    std::size_t numbers;  // 0: any
    std::string_view usage;
};

constexpr std::array kShapes{
    ShapeWord{"BOX", Shape::Kind::Polygon, 4, "Box ICRS ra dec width height"},
    ShapeWord{"CIRCLE", Shape::Kind::Circle, 3, "Circle ICRS ra dec radius"},
    ShapeWord{"INTERSECTION", Shape::Kind::Intersection, 0, "Intersection (Circle ... Box ...)"},
    ShapeWord{"NOT", Shape::Kind::Not, 0, "Not (Circle ...)"},
    ShapeWord{"POINT", Shape::Kind::Point, 2, "Point ICRS ra dec"},
    ShapeWord{"POLYGON", Shape::Kind::Polygon, 0, "Polygon ICRS ra1 dec1 ra2 dec2 ra3 dec3"},
    ShapeWord{"POSITION", Shape::Kind::Point, 2, "Position ICRS ra dec"},
    ShapeWord{"UNION", Shape::Kind::Union, 0, "Union (Circle ... Box ...)"},
};

class Reader {
  public:
    Reader(std::string_view text, Place place) : text_(text), place_(place) { advance(); }

    Shape read_region() {
        auto shape = read_shape(*find_frame("ICRS"));
        if (!word_.empty()) fail("nothing may follow the region, but \"" + shown() + "\" does");
        return shape;
    }

    std::vector<double> read_numbers() {
        std::vector<double> numbers;
        while (!word_.empty()) {
            const auto value = parse_double(word_);
            if (!value || !std::isfinite(*value)) break;
            numbers.push_back(*value);
            advance();
        }
        return numbers;
    }

    [[nodiscard]] bool at_end() const { return word_.empty(); }

    [[noreturn]] void fail(const std::string& words) const {
        refuse(words + " (character " + std::to_string(begin_ + 1) + " of this text)", place_);
    }

    [[nodiscard]] std::string shown() const {
        const auto cut = cut_text(word_, 40);
        return printable(std::string(cut) + (cut.size() < word_.size() ? "..." : ""));
    }

  private:
    [[nodiscard]] static std::string printable(std::string text) {
        for (char& c : text)
            if (static_cast<unsigned char>(c) < ' ') c = ' ';
        return text;
    }

    // The next number, word or parenthesis; empty at the end.
    void advance() {
        const auto is_gap = [](char c) {
            return c == ' ' || c == ',' || c == '\t' || c == '\n' || c == '\r';
        };
        while (at_ < text_.size() && is_gap(text_[at_]))
            ++at_;
        begin_ = at_;
        const auto is_bracket = [](char c) { return c == '(' || c == ')'; };
        if (at_ < text_.size() && is_bracket(text_[at_]))
            ++at_;
        else
            while (at_ < text_.size() && !is_gap(text_[at_]) && !is_bracket(text_[at_]))
                ++at_;
        word_ = text_.substr(begin_, at_ - begin_);
    }

    const ShapeWord& read_shape_word() {
        for (const auto& row : kShapes)
            if (equal_fold(row.name, word_)) {
                advance();
                return row;
            }
        if (word_.empty()) fail("a region is missing: such as 'Circle ICRS 83.63 22.01 0.5'");
        fail(
            "a region begins with Circle, Box, Polygon, Position, Union, Intersection or Not, not "
            "with \"" +
            shown() + '"');
    }

    const Frame& read_frame(const Frame& outer) {
        const Frame* frame = find_frame(word_);
        if (frame != nullptr) advance();
        while (std::any_of(kReferences.begin(), kReferences.end(),
                           [&](auto reference) { return equal_fold(reference, word_); }))
            advance();
        return frame != nullptr ? *frame : outer;
    }

    Shape read_shape(const Frame& outer) {
        const auto begin = begin_;
        const auto& row = read_shape_word();
        if (++shapes_ > kMaxShapes)
            fail("a region may have " + std::to_string(kMaxShapes) + " parts");
        const auto& frame = read_frame(outer);
        if (row.kind >= Shape::Kind::Union) return read_compound(row, frame);
        const auto numbers = read_numbers();
        if (!word_.empty() && word_ != ")" && !is_shape_word())
            fail("\"" + shown() + "\" is neither a number nor the next shape; frames are " +
                 frame_names() + ", units are degrees");
        if (row.numbers > 0 ? numbers.size() != row.numbers
                            : numbers.size() < 6 || numbers.size() % 2 != 0) {
            begin_ = begin;
            fail("this has " + std::to_string(numbers.size()) + " numbers; it is written '" +
                 std::string(row.usage) + '\'');
        }
        return make_shape(row, numbers, frame);
    }

    [[nodiscard]] bool is_shape_word() const {
        return std::any_of(kShapes.begin(), kShapes.end(),
                           [&](const ShapeWord& row) { return equal_fold(row.name, word_); });
    }

    Shape read_compound(const ShapeWord& row, const Frame& frame) {
        if (word_ != "(") fail("here stands a \"(\": '" + std::string(row.usage) + '\'');
        advance();
        if (++depth_ > kMaxDepth) fail("this region is nested too deeply");
        Shape shape;
        shape.kind = row.kind;
        do
            shape.parts.push_back(read_shape(frame));
        while (word_ != ")" && !word_.empty());
        if (word_.empty()) fail("a \")\" is missing at the end");
        advance();
        --depth_;
        if (row.kind == Shape::Kind::Not && shape.parts.size() != 1)
            fail("Not takes one shape; write Not (Union (...))");
        return shape;
    }

    Shape make_shape(const ShapeWord& row, const std::vector<double>& numbers, const Frame& frame) {
        Shape shape;
        shape.kind = row.kind;
        const auto to_icrs = rotation(frame, *find_frame("ICRS"));
        std::vector<Corner> corners;
        if (row.name == "BOX") {
            check_box_size(numbers[2], place_);
            check_box_size(numbers[3], place_);
            check_declination(numbers[1], place_);
            corners = place_at(box_corners(numbers[2], numbers[3]), {numbers[0], numbers[1]});
        } else {
            for (std::size_t i = 0; i + 1 < numbers.size(); i += 2) {
                check_declination(numbers[i + 1], place_);
                corners.push_back({numbers[i], numbers[i + 1]});
            }
        }
        for (const auto& corner : corners)
            shape.corners.push_back(rotate(to_icrs, corner));
        if (shape.kind == Shape::Kind::Circle) {
            check_radius(numbers[2], place_);
            shape.radius_deg = numbers[2];
        }
        if (shape.kind == Shape::Kind::Polygon) check_corners(shape.corners, place_);
        return shape;
    }

    std::string_view text_;
    Place place_;
    std::size_t at_ = 0;
    std::size_t begin_ = 0;
    std::string_view word_;
    std::size_t shapes_ = 0;
    std::size_t depth_ = 0;
};

}  // namespace

Shape parse_region(std::string_view text, Place place) {
    return Reader(text, place).read_region();
}

Shape parse_dali(std::string_view text, Shape::Kind kind, Place place) {
    Reader reader(text, place);
    const auto numbers = reader.read_numbers();
    if (!reader.at_end()) reader.fail("\"" + reader.shown() + "\" is not a number");
    const auto refuse_count = [&](std::string_view usage) {
        refuse("this text has " + std::to_string(numbers.size()) + " numbers; it is written '" +
                   std::string(usage) + '\'',
               place);
    };
    Shape shape;
    shape.kind = kind;
    if (kind == Shape::Kind::Point && numbers.size() != 2) refuse_count("ra dec");
    if (kind == Shape::Kind::Circle && numbers.size() != 3) refuse_count("ra dec radius");
    if (kind == Shape::Kind::Polygon && (numbers.size() < 6 || numbers.size() % 2 != 0))
        refuse_count("ra1 dec1 ra2 dec2 ra3 dec3");
    for (std::size_t i = 0; i + 1 < numbers.size(); i += 2) {
        check_declination(numbers[i + 1], place);
        shape.corners.push_back({numbers[i], numbers[i + 1]});
    }
    if (kind == Shape::Kind::Circle) {
        check_radius(numbers[2], place);
        shape.radius_deg = numbers[2];
    }
    if (kind == Shape::Kind::Polygon) check_corners(shape.corners, place);
    return shape;
}

}  // namespace vo::adql
