// SPDX-License-Identifier: Apache-2.0
// The parser's third for calls of functions, CAST and geometries written as texts.
#include <algorithm>
#include <array>
#include <utility>

#include "adql/convert.h"
#include "adql/parser.h"
#include "base/text.h"

namespace vo::adql {

namespace {

constexpr int kMaxTextLength = 65'535;

struct CastTarget {
    int word;
    ValueKind kind;
    bool fixed;
};

constexpr std::array kCastTargets{
    CastTarget{word("SMALLINT"), ValueKind::Short, false},
    CastTarget{word("INTEGER"), ValueKind::Int, false},
    CastTarget{word("BIGINT"), ValueKind::Long, false},
    CastTarget{word("REAL"), ValueKind::Float, false},
    CastTarget{word("DOUBLE"), ValueKind::Double, false},
    CastTarget{word("CHAR"), ValueKind::Text, true},
    CastTarget{word("VARCHAR"), ValueKind::Text, false},
    CastTarget{word("TIMESTAMP"), ValueKind::Timestamp, false},
    CastTarget{word("POINT"), ValueKind::Point, false},
    CastTarget{word("CIRCLE"), ValueKind::Circle, false},
    CastTarget{word("POLYGON"), ValueKind::Polygon, false},
};

// No geometry, whatever its columns are.
bool is_surely_number(const Expr& expr) {
    if (const auto* literal = expr.as<Literal>())
        return literal->token->kind == Kind::Integer || literal->token->kind == Kind::Real;
    if (const auto* call = expr.as<Call>())
        return call->function->family == Family::Scalar &&
               call->function->result != Result::Point && call->function->result != Result::Common;
    return expr.as<Unary>() != nullptr || expr.as<Chain>() != nullptr;
}

}  // namespace

Expr* make_point(Tree& tree, Expr* ra, Expr* dec, const Token* frame) {
    static const auto* const kPoint = find_function("POINT");
    Call point{kPoint, {ra, dec}};
    point.frame = frame;
    return tree.make(ra->place, std::move(point));
}

Expr* Parser::parse_call(const Function* function) {
    const auto& name = take();
    if (function == nullptr && declared_ != nullptr) function = declared_->find(name.text);
    if (function == nullptr) refuse_unknown_function(name);
    take();
    const Nesting nesting(*this);
    Call call{function, {}};
    if (function->family == Family::Aggregate) {
        if (accept(word("DISTINCT")))
            call.distinct = true;
        else
            accept(word("ALL"));
        if (function->name == "COUNT" && !call.distinct && accept("*")) call.star = true;
    }
    if (!call.star) parse_arguments(call, name.place);
    expect(")", {"after the arguments of ", function->name});
    if (function->name != "REGION") return make(name.place, std::move(call));
    const auto& text = *call.args[0]->as<Literal>()->token;
    return make(name.place, Sky{&tree_.shapes.emplace_back(parse_region(text.value, text.place))});
}

void Parser::parse_arguments(Call& call, Place place) {
    if (at("*")) refuse("* stands only in COUNT(*)", peek().place);
    if (!at(")")) {
        const Expected what{"an argument of ", call.function->name};
        call.args.reserve(4);
        do
            call.args.push_back(parse_value(what));
        while (accept(","));
    }
    // A text in front is the coordinate system, ADQL 2.1 §4.2.5; some clients write NULL there.
    if (call.function->takes_frame && !call.args.empty()) {
        const auto* literal = call.args[0]->as<Literal>();
        const bool enough = call.args.size() > argument_count(*call.function).least;
        if (literal != nullptr && (literal->token->kind == Kind::String ||
                                   (literal->token->kind == Kind::Word && enough))) {
            call.frame = literal->token;
            call.args.erase(call.args.begin());
        }
    }
    check_arguments(call, place);
    call.function = &choose_overload(*call.function, call.args.size());
    // Two coordinates are a POINT, so that the passes know one form only; in POLYGON it takes the
    // kinds of the columns to tell.
    const auto& name = call.function->name;
    const auto count = call.args.size();
    if ((name == "CIRCLE" && count == 3) || (name == "BOX" && count == 4)) {
        pair_coordinates(call, 0);
    } else if (name == "ivo_healpix_index" && count == 3) {
        pair_coordinates(call, 1);
        call.function = &choose_overload(*find_function(name), 2);
    } else if (name == "DISTANCE" && count == 4) {
        pair_coordinates(call, 0);
        pair_coordinates(call, 1);
    }
}

void Parser::pair_coordinates(Call& call, std::size_t first) {
    const auto at = call.args.begin() + static_cast<std::ptrdiff_t>(first);
    *at = make_point(tree_, *at, at[1], call.frame);
    (*at)->height =
        std::max((*at)->as<Call>()->args[0]->height, (*at)->as<Call>()->args[1]->height) + 1;
    call.args.erase(at + 1);
}

void Parser::check_arguments(const Call& call, Place place) {
    const auto& function = *call.function;
    const auto usage = [&] { return "; it is used as " + std::string(function.usage); };
    const auto count = call.args.size();
    const auto [least, most] = argument_count(choose_overload(function, count));
    if (count < least)
        refuse(std::string(function.name) + " has too few arguments" + usage(), place);
    if (count > most)
        refuse(std::string(function.name) + " has too many arguments" + usage(), place);
    check_texts(call);
    if (function.family != Family::Geometry || count == 0) return;
    // Points stand for two coordinates each: what is surely a number tells that there are none.
    const bool coordinates = is_surely_number(*call.args[0]);
    const auto refuse_count = [&] {
        refuse(std::string(function.name) + " has a wrong number of arguments" + usage(), place);
    };
    if (function.name == "CIRCLE" && coordinates && count != 3) refuse_count();
    if (function.name == "BOX" && coordinates && count != 4) refuse_count();
    if (function.name == "DISTANCE" && count == 3) refuse_count();
    if (function.name == "POLYGON" && coordinates && (count < 6 || count % 2 != 0)) refuse_count();
}

// What must be a constant text is looked into here already.
void Parser::check_texts(const Call& call) {
    const auto& letters = choose_overload(*call.function, call.args.size()).arguments;
    for (std::size_t i = 0; i < call.args.size() && i < letters.size(); ++i) {
        if (letters[i] != 'l') continue;
        const auto* literal = call.args[i]->as<Literal>();
        if (literal == nullptr || literal->token->kind != Kind::String)
            refuse(std::string(call.function->name) +
                       " needs a constant text here, in single "
                       "quotes; it is used as " +
                       std::string(call.function->usage),
                   call.args[i]->place);
        if (call.function->family == Family::Units) check_unit(*literal->token);
    }
}

Expr* Parser::parse_cast() {
    const auto place = take().place;
    take();
    const Nesting nesting(*this);
    Cast cast{parse_value("a value in CAST"), ValueKind::Null};
    expect(word("AS"), "and a type in CAST");
    const auto& type = peek();
    for (const auto& target : kCastTargets) {
        if (!accept(target.word)) continue;
        cast.to = target.kind;
        cast.fixed = target.fixed;
    }
    if (cast.to == ValueKind::Null)
        unexpected(
            "a type: SMALLINT, INTEGER, BIGINT, REAL, DOUBLE PRECISION, CHAR(n), VARCHAR(n), "
            "TIMESTAMP, POINT, CIRCLE or POLYGON");
    if (type.word == word("DOUBLE")) expect(word("PRECISION"), "after DOUBLE");
    if (cast.to == ValueKind::Text && accept("(")) {
        const auto length_place = peek().place;
        const auto length = parse_count("the parenthesis");
        if (length < 1 || length > kMaxTextLength)
            refuse("a text may have 1 to " + std::to_string(kMaxTextLength) + " characters",
                   length_place);
        cast.length = static_cast<int>(length);
        expect(")", "after the length");
    }
    if (cast.length == 0) cast.fixed = false;
    expect(")", "after the type of CAST");
    const auto* literal = cast.operand->as<Literal>();
    if (is_geometry(cast.to) && literal != nullptr && literal->token->kind == Kind::String) {
        const auto kind = cast.to == ValueKind::Point    ? Shape::Kind::Point
                          : cast.to == ValueKind::Circle ? Shape::Kind::Circle
                                                         : Shape::Kind::Polygon;
        return make(place, Sky{&tree_.shapes.emplace_back(
                               parse_dali(literal->token->value, kind, literal->token->place))});
    }
    return make(place, cast);
}

}  // namespace vo::adql
