// SPDX-License-Identifier: Apache-2.0
// Where the program of a job works: a folder of its own below work_dir, gone when the job has ended.
//
//     work_dir/JOB-ATTEMPT-RANDOM/lock                 held while its worker lives
//                                 stdout, stderr
//                                 job/                 the program's own: inputs/, job.json, what it makes
#pragma once

#include <string>
#include <string_view>

namespace vo::worker {

class WorkFolder {
  public:
    // Throws Busy, with its reason for the administrator in the detail, when it cannot be made.
    WorkFolder(const std::string& work_dir, const std::string& name);
    ~WorkFolder();
    WorkFolder(const WorkFolder&) = delete;
    WorkFolder& operator=(const WorkFolder&) = delete;

    [[nodiscard]] std::string job() const { return path_ + "/job"; }

    [[nodiscard]] std::string standard_output() const { return path_ + "/stdout"; }

    [[nodiscard]] std::string standard_error() const { return path_ + "/stderr"; }

    // A new file in the job's folder.
    void write(const std::string& name, std::string_view text) const;

    // Gives all that is in the job's folder to its user, by name.
    void give_to(const std::string& user) const;

    // Removes those whose worker was killed.
    static void remove_abandoned(const std::string& work_dir);

  private:
    std::string path_;
    int lock_ = -1;
};

}  // namespace vo::worker
