// SPDX-License-Identifier: Apache-2.0
// Writing through CFITSIO.
#include "fits_writer.h"

#include <array>

#include <fitsio.h>

#include "base/error.h"

namespace vo::vogate::simulate {

struct FitsWriter::Handle {
    fitsfile* file = nullptr;
    // Once it is not 0, CFITSIO does nothing more.
    int status = 0;
};

FitsWriter::FitsWriter(const std::string& path, std::span<const std::string> comments)
    : path_(path), handle_(std::make_unique<Handle>()) {
    auto& [file, status] = *handle_;
    // Not fits_create_file: it reads a language of its own out of the name.
    fits_create_diskfile(&file, path.c_str(), &status);
    fits_create_img(file, BYTE_IMG, 0, nullptr, &status);
    for (const auto& comment : comments)
        fits_write_comment(file, comment.c_str(), &status);
    write_sums();
    check("cannot make");
}

FitsWriter::~FitsWriter() {
    if (handle_->file == nullptr) return;
    int ignored = 0;
    fits_close_file(handle_->file, &ignored);
}

void FitsWriter::check(const char* what) {
    if (handle_->status == 0) return;
    std::array<char, FLEN_STATUS> text{};
    fits_get_errstatus(handle_->status, text.data());
    fits_clear_errmsg();
    throw Error(Code::Internal, std::string(what) + " " + path_ + ": " + text.data());
}

void FitsWriter::begin_table(const std::string& name,
                             std::span<const ColumnSpec> columns,
                             std::int64_t rows) {
    auto& [file, status] = *handle_;
    std::vector<char*> names;
    std::vector<char*> forms;
    std::vector<char*> units;
    for (const auto& column : columns) {
        names.push_back(const_cast<char*>(column.name.c_str()));
        forms.push_back(const_cast<char*>(column.form.c_str()));
        units.push_back(const_cast<char*>(column.unit.c_str()));
    }
    fits_create_tbl(file, BINARY_TBL, rows, static_cast<int>(columns.size()), names.data(),
                    forms.data(), units.data(), name.c_str(), &status);
    for (std::size_t i = 0; i < columns.size(); ++i) {
        auto shape = columns[i].shape;
        if (shape.size() > 1)
            fits_write_tdim(file, static_cast<int>(i) + 1, static_cast<int>(shape.size()),
                            shape.data(), &status);
    }
    check("cannot write to");
}

void FitsWriter::set(const char* keyword, const std::string& value, const char* comment) {
    // The long form only where it is needed: some readers do not know CONTINUE.
    fits_write_key_str(handle_->file, keyword, value.c_str(), comment, &handle_->status);
}

void FitsWriter::set(const char* keyword, double value, const char* comment) {
    constexpr int kSignificantDigits = -15;
    fits_write_key_dbl(handle_->file, keyword, value, kSignificantDigits, comment,
                       &handle_->status);
}

void FitsWriter::set(const char* keyword, std::int64_t value, const char* comment) {
    fits_write_key_lng(handle_->file, keyword, value, comment, &handle_->status);
}

void FitsWriter::write(int column, std::span<const double> values) {
    // CFITSIO's C interface knows no const.
    fits_write_col_dbl(handle_->file, column, 1, 1, static_cast<LONGLONG>(values.size()),
                       const_cast<double*>(values.data()), &handle_->status);
    check("cannot write to");
}

void FitsWriter::write(int column, std::span<const std::int64_t> values) {
    std::vector<LONGLONG> copy(values.begin(), values.end());
    fits_write_col_lnglng(handle_->file, column, 1, 1, static_cast<LONGLONG>(copy.size()),
                          copy.data(), &handle_->status);
    check("cannot write to");
}

void FitsWriter::write(int column, const std::vector<std::string>& values) {
    std::vector<char*> texts;
    for (const auto& value : values)
        texts.push_back(const_cast<char*>(value.c_str()));
    fits_write_col_str(handle_->file, column, 1, 1, static_cast<LONGLONG>(texts.size()),
                       texts.data(), &handle_->status);
    check("cannot write to");
}

// What fits_write_chksum does, without the dates: the sum of the data, then that of the whole HDU
// with CHECKSUM set to zeros, whose complement makes the HDU sum up to -0.
void FitsWriter::write_sums() {
    auto& [file, status] = *handle_;
    fits_write_key_str(file, "CHECKSUM", "0000000000000000", "HDU checksum", &status);
    fits_write_key_str(file, "DATASUM", "0", "data unit checksum", &status);
    fits_set_hdustruc(file, &status);
    unsigned long data_sum = 0;
    unsigned long hdu_sum = 0;
    fits_get_chksum(file, &data_sum, &hdu_sum, &status);
    fits_modify_key_str(file, "DATASUM", std::to_string(data_sum).c_str(), "&", &status);
    fits_get_chksum(file, &data_sum, &hdu_sum, &status);
    std::array<char, FLEN_VALUE> encoded{};
    fits_encode_chksum(hdu_sum, 1, encoded.data());
    fits_modify_key_str(file, "CHECKSUM", encoded.data(), "&", &status);
}

void FitsWriter::end_table() {
    write_sums();
    check("cannot write to");
}

void FitsWriter::close() {
    auto& [file, status] = *handle_;
    fits_close_file(file, &status);
    file = nullptr;
    check("cannot finish");
}

}  // namespace vo::vogate::simulate
