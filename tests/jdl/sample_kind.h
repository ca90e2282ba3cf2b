// SPDX-License-Identifier: Apache-2.0
// A folder with a program and a description that is right, of which tests make wrong ones.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "jdl/kind.h"

namespace vo::jdl {

// A line for each entry, counted from 1 as in messages.
[[nodiscard]] std::vector<std::string> sample_lines();

[[nodiscard]] std::string join_lines(const std::vector<std::string>& lines);

// With the programs `tool`, `bash` and `env`, the file `plain`, which may not be executed, and
// `script.sh`, which may be read. Gone with the object.
class KindFolder {
  public:
    KindFolder();
    ~KindFolder();
    KindFolder(const KindFolder&) = delete;
    KindFolder& operator=(const KindFolder&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

    [[nodiscard]] Site site() const;
    // "select.job" in the folder, read from this text.
    [[nodiscard]] Kind parse(std::string_view text, std::string_view name = "select") const;

    [[nodiscard]] Kind sample() const { return parse(join_lines(sample_lines())); }

    void write(const std::string& name, std::string_view text) const;

  private:
    std::filesystem::path path_;
};

// The words of the BadRequest that it throws; "accepted" when it throws nothing.
[[nodiscard]] std::string refusal(const std::function<void()>& work);

}  // namespace vo::jdl
