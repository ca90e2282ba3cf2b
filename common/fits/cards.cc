// SPDX-License-Identifier: Apache-2.0
// Cards in fixed format: a keyword in 8 characters, "= ", the value, " / " and the comment.
#include "fits/cards.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "fits/table_header.h"

namespace vo::fits {

namespace {

constexpr std::size_t kCard = 80;
constexpr std::size_t kKeyword = 8;
constexpr std::size_t kValue = 10;      // where it begins
constexpr std::size_t kNumberEnd = 30;  // numbers are right-justified there
constexpr std::size_t kTextLeast = 8;

std::string_view keyword_of(std::string_view card) {
    return trim(card.substr(0, kKeyword));
}

// Behind the slash that is in no text.
std::string_view comment_of(std::string_view card) {
    bool quoted = false;
    for (std::size_t i = kValue; i < card.size(); ++i) {
        if (card[i] == '\'') quoted = !quoted;
        if (card[i] == '/' && !quoted) return trim(card.substr(i + 1));
    }
    return {};
}

std::string right_justified(std::string number) {
    const auto width = kNumberEnd - kValue;
    if (number.size() < width) number.insert(0, width - number.size(), ' ');
    return number;
}

}  // namespace

Cards Cards::read(int file, const RawHdu& hdu) {
    std::string text(static_cast<std::size_t>(hdu.data_start - hdu.header_start), '\0');
    read_bytes(file, hdu.header_start, text);
    Cards cards;
    for (std::size_t at = 0; at < text.size(); at += kCard) {
        const auto card = std::string_view(text).substr(at, kCard);
        if (keyword_of(card) == "END") break;
        cards.cards_.emplace_back(card);
    }
    // Room that was left for more cards is used for them.
    while (!cards.cards_.empty() && trim(cards.cards_.back()).empty())
        cards.cards_.pop_back();
    return cards;
}

std::size_t Cards::find(std::string_view keyword) const {
    const auto found = std::find_if(cards_.begin(), cards_.end(), [&](const std::string& card) {
        return card.compare(kKeyword, 2, "= ") == 0 && equal_fold(keyword_of(card), keyword);
    });
    return static_cast<std::size_t>(found - cards_.begin());
}

void Cards::put(std::string_view keyword, std::string_view value, std::string_view comment) {
    const auto at = find(keyword);
    std::string card(keyword);
    card.resize(kKeyword, ' ');
    card += "= ";
    card += value;
    const std::string note(at < cards_.size() ? comment_of(cards_[at]) : comment);
    if (!note.empty()) card += " / " + note;
    card.resize(kCard, ' ');
    if (at == cards_.size()) {
        cards_.push_back(std::move(card));
        return;
    }
    cards_[at] = std::move(card);
    remove_continuation(at + 1);
}

void Cards::remove_continuation(std::size_t at) {
    const auto first = cards_.begin() + static_cast<std::ptrdiff_t>(at);
    cards_.erase(first, std::find_if(first, cards_.end(), [](const std::string& card) {
                     return keyword_of(card) != "CONTINUE";
                 }));
}

void Cards::remove(std::string_view keyword) {
    const auto at = find(keyword);
    if (at == cards_.size()) return;
    cards_.erase(cards_.begin() + static_cast<std::ptrdiff_t>(at));
    remove_continuation(at);
}

void Cards::set(std::string_view keyword, std::string_view text, std::string_view comment) {
    std::string value = "'";
    append_ascii(value, text);
    for (std::size_t i = 1; i < value.size(); ++i)
        if (value[i] == '\'') value.insert(i++, 1, '\'');
    value.resize(std::max(value.size(), kTextLeast + 1), ' ');
    value += '\'';
    // So that comments stand one below the other.
    value.resize(std::max(value.size(), kNumberEnd - kValue), ' ');
    put(keyword, value, comment);
}

void Cards::set(std::string_view keyword, double value, std::string_view comment) {
    std::string number;
    append_number(number, value);
    std::replace(number.begin(), number.end(), 'e', 'E');
    // Without a point it would be a whole number to some readers.
    if (number.find_first_of(".E") == std::string::npos) number += ".0";
    put(keyword, right_justified(std::move(number)), comment);
}

void Cards::set(std::string_view keyword, std::int64_t value, std::string_view comment) {
    put(keyword, right_justified(std::to_string(value)), comment);
}

void Cards::add_history(std::string_view text) {
    constexpr std::size_t kWidth = kCard - kKeyword;
    do {
        auto line = text.substr(0, kWidth);
        if (text.size() > kWidth)
            if (const auto blank = line.rfind(' '); blank != std::string_view::npos && blank > 0)
                line = line.substr(0, blank);
        text.remove_prefix(line.size());
        if (text.starts_with(' ')) text.remove_prefix(1);
        std::string card = "HISTORY ";
        append_ascii(card, line);
        card.resize(kCard, ' ');
        cards_.push_back(std::move(card));
    } while (!text.empty());
}

std::string Cards::blocks() const {
    std::string all;
    for (const auto& card : cards_)
        all += card;
    all += "END";
    all.resize((all.size() + kBlock - 1) / kBlock * kBlock, ' ');
    return all;
}

}  // namespace vo::fits
