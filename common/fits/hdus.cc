// SPDX-License-Identifier: Apache-2.0
// Cards of 80 characters in blocks of 2880.
#include "fits/hdus.h"

#include <array>
#include <cerrno>
#include <optional>
#include <string_view>
#include <system_error>

#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"

namespace vo::fits {

namespace {

constexpr std::int64_t kBlockBytes = 2880;
constexpr std::size_t kCard = 80;
constexpr std::size_t kMostHdus = 1'000;
constexpr std::size_t kMostCards = 40'000;  // of 999 columns, with all that can be said of them
constexpr std::int64_t kMostAxes = 999;

[[noreturn]] void fail(const std::string& words) {
    throw Error(Code::BadRequest, "The FITS file " + words + ".");
}

class Walker {
  public:
    explicit Walker(int file) : file_(file) {
        struct stat status {};

        if (::fstat(file, &status) != 0)
            throw Error(Code::Internal, "A table could not be read.")
                .with_detail(std::generic_category().message(errno));
        size_ = status.st_size;
    }

    std::int64_t walk(const std::function<bool(RawHdu&)>& take) {
        std::int64_t end = 0;
        while (position_ < size_) {
            if (number_ == kMostHdus) fail("has more than " + std::to_string(kMostHdus) + " HDUs");
            auto hdu = read_hdu(position_ == 0);
            // What is no HDU at the end is none of ours (§3.5, special records).
            if (!hdu) break;
            end = position_;
            if (!take(*hdu)) break;
        }
        return end;
    }

    RawHdu read_one(std::int64_t header_start) {
        position_ = header_start;
        auto hdu = read_hdu(position_ == 0);
        if (!hdu) fail("has no HDU where one was");
        return std::move(*hdu);
    }

  private:
    std::optional<RawHdu> read_hdu(bool primary) {
        RawHdu hdu;
        hdu.header_start = position_;
        cards_ = 0;
        name_.clear();
        bool ended = false;
        while (!ended) {
            // Less than a block after the last HDU may fill it up, or anything.
            if (!primary && cards_ == 0 && size_ - position_ < kBlockBytes && !goes_on()) return {};
            const auto block = read_block();
            if (cards_ == 0 && !block.starts_with(primary ? "SIMPLE  =" : "XTENSION=")) {
                if (primary) fail("does not begin with SIMPLE");
                return {};
            }
            for (std::size_t at = 0; !ended && at < block.size(); at += kCard)
                ended = !take_card(hdu.header, block.substr(at, kCard));
        }
        hdu.extension = hdu.header.find_text("XTENSION").value_or("");
        hdu.data_start = position_;
        const auto bytes = data_bytes(hdu, primary);
        if (bytes > size_ - position_)
            fail("is truncated: HDU " + number() + " should have " + std::to_string(bytes) +
                 " bytes of data, and there are " + std::to_string(size_ - position_));
        // An image in tiles stands in a table (§10.1).
        if (hdu.header.find_text("ZIMAGE").value_or("F") == "T") hdu.extension = "IMAGE";
        ++number_;
        hdu.data_end = position_ + bytes;
        position_ += (bytes + kBlockBytes - 1) / kBlockBytes * kBlockBytes;
        return hdu;
    }

    [[nodiscard]] bool goes_on() const {
        constexpr std::string_view kBegin = "XTENSION";
        std::array<char, kBegin.size()> begin{};
        return size_ - position_ >= std::ssize(kBegin) &&
               (read_bytes(file_, position_, begin),
                std::string_view(begin.data(), begin.size()) == kBegin);
    }

    std::string_view read_block() {
        if (size_ - position_ < kBlockBytes)
            fail("is truncated within the header of HDU " + number());
        read_bytes(file_, position_, block_);
        position_ += kBlockBytes;
        return {block_.data(), block_.size()};
    }

    // Of the HDU that is being read.
    [[nodiscard]] std::string number() const { return std::to_string(number_ + 1); }

    // False at END. A text that ends in '&' goes on in CONTINUE cards.
    bool take_card(Header& header, std::string_view card) {
        if (++cards_ > kMostCards) fail("has a header that does not end, in HDU " + number());
        const auto keyword = trim(card.substr(0, 8));
        if (keyword == "CONTINUE" && !name_.empty()) {
            take_text(trim(card.substr(8)));
            return true;
        }
        finish_text(header);
        if (keyword == "END") return false;
        if (card.substr(8, 2) != "= ") return true;
        const auto value = trim(card.substr(10));
        if (value.starts_with('\'')) {
            name_ = keyword;
            take_text(value);
        } else {
            header.add(keyword, trim(value.substr(0, value.find('/'))));
        }
        return true;
    }

    void take_text(std::string_view value) {
        if (text_.ends_with('&')) text_.pop_back();
        if (!value.starts_with('\'')) return;
        for (std::size_t i = 1; i < value.size(); ++i) {
            if (value[i] == '\'' && (i + 1 == value.size() || value[i + 1] != '\'')) break;
            // Doubled quotes stay, for Header undoes them.
            if (value[i] == '\'') text_ += value[i++];
            text_ += value[i];
        }
    }

    void finish_text(Header& header) {
        if (!name_.empty()) header.add(name_, '\'' + text_ + '\'');
        name_.clear();
        text_.clear();
    }

    [[nodiscard]] std::int64_t get(const Header& header,
                                   const std::string& name,
                                   std::int64_t most) const {
        const auto value = header.find_integer(name);
        if (!value || *value < 0 || *value > most) fail_keyword(name);
        return *value;
    }

    [[noreturn]] void fail_keyword(const std::string& names) const {
        fail("has no good " + names + " in the header of HDU " + number());
    }

    // §4.4.1: of the data without their filling. Never more than the file may have.
    [[nodiscard]] std::int64_t data_bytes(const RawHdu& hdu, bool primary) const {
        const auto& header = hdu.header;
        const auto bitpix = header.find_integer("BITPIX").value_or(0);
        std::int64_t element = 0;
        for (const std::int64_t bits : {8, 16, 32, 64, -32, -64})
            if (bits == bitpix) element = (bits < 0 ? -bits : bits) / 8;
        if (element == 0) fail_keyword("BITPIX");
        const auto axes = get(header, "NAXIS", kMostAxes);
        if (hdu.is_table()) {
            if (axes != 2 || bitpix != 8)
                fail("has a table that is no array of bytes in HDU " + number());
            static_cast<void>(get(header, "TFIELDS", 999));
        }
        if (axes == 0) return 0;
        const bool groups = primary && header.find_text("GROUPS").value_or("F") == "T";
        std::int64_t count = 1;
        for (std::int64_t i = groups ? 2 : 1; i <= axes; ++i)
            count = multiply(count, get(header, "NAXIS" + std::to_string(i), kMost));
        const auto extra = groups || !primary ? header.find_integer("PCOUNT").value_or(0) : 0;
        const auto times = groups || !primary ? header.find_integer("GCOUNT").value_or(1) : 1;
        if (extra < 0 || extra > kMost || times < 0 || times > kMost)
            fail_keyword("PCOUNT or GCOUNT");
        return multiply(multiply(count + extra, times), element);
    }

    static constexpr std::int64_t kMost = std::int64_t{1} << 60;

    static std::int64_t multiply(std::int64_t a, std::int64_t b) {
        std::int64_t product = 0;
        if (__builtin_mul_overflow(a, b, &product) || product > kMost)
            fail("is truncated: a header tells of more data than any file has");
        return product;
    }

    int file_;
    std::int64_t size_ = 0;
    std::int64_t position_ = 0;
    std::size_t number_ = 0;
    std::size_t cards_ = 0;
    std::string name_;  // of a text that may go on
    std::string text_;
    std::array<char, kBlockBytes> block_{};
};

}  // namespace

std::int64_t for_each_hdu(int file, const std::function<bool(RawHdu&)>& take) {
    return Walker(file).walk(take);
}

std::vector<RawHdu> read_hdus_to_table(int file) {
    std::vector<RawHdu> hdus;
    for_each_hdu(file, [&](RawHdu& hdu) {
        // What lies between is not kept: it may be many headers, and large ones.
        if (hdus.size() == 2) hdus.pop_back();
        hdus.push_back(std::move(hdu));
        return !hdus.back().is_table();
    });
    return hdus;
}

RawHdu read_hdu(int file, std::int64_t header_start) {
    return Walker(file).read_one(header_start);
}

void read_bytes(int file, std::int64_t offset, std::span<char> to) {
    while (!to.empty()) {
        const auto got = ::pread(file, to.data(), to.size(), static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0)
            throw Error(Code::Internal, "A FITS file could not be read.")
                .with_detail(std::generic_category().message(errno));
        if (got == 0) fail("has become shorter while it was read");
        to = to.subspan(static_cast<std::size_t>(got));
        offset += got;
    }
}

}  // namespace vo::fits
