// SPDX-License-Identifier: Apache-2.0
// The cards of one header, to be changed one by one; all others stay as they are, byte for byte.
// Source: FITS 4.0 §4.
//
//     auto cards = fits::Cards::read(file, hdu);
//     cards.set("NAXIS2", std::int64_t{17});               // in its place, with its comment
//     cards.set("TSTART", 1234.5, "[s] start of the run"); // the comment of a card that was not
//     there cards.add_history("cut by hand"); out.write(cards.blocks());
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fits/hdus.h"

namespace vo::fits {

class Cards {
  public:
    [[nodiscard]] static Cards read(int file, const RawHdu& hdu);

    [[nodiscard]] bool has(std::string_view keyword) const {
        return find(keyword) != cards_.size();
    }

    // Of several cards of one keyword the first, which is the one that Header knows. A text that
    // went on in CONTINUE cards does no longer. REQUIRES: at most 68 characters, quotes counted
    // twice.
    void set(std::string_view keyword, std::string_view text, std::string_view comment);
    void set(std::string_view keyword, double value, std::string_view comment = {});
    void set(std::string_view keyword, std::int64_t value, std::string_view comment = {});

    // With its CONTINUE cards, if it is there.
    void remove(std::string_view keyword);

    // In as many cards as it takes.
    void add_history(std::string_view text);

    bool operator==(const Cards&) const = default;

    // All of them and END, filled up to whole blocks.
    [[nodiscard]] std::string blocks() const;

  private:
    [[nodiscard]] std::size_t find(std::string_view keyword) const;
    void put(std::string_view keyword, std::string_view value, std::string_view comment);
    void remove_continuation(std::size_t at);

    std::vector<std::string> cards_;
};

}  // namespace vo::fits
