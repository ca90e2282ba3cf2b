// SPDX-License-Identifier: Apache-2.0
// The store: a folder that all hosts see, for results, uploads and entities of jobs.
//
//     uws::FileStore store(config.store_dir);
//     store.open(db);                              // is it the one that belongs to the database?
//     auto file = store.create(name);              // a Sink
//     file->write(bytes);
//     file->keep();                                // written, synced, renamed, folder synced
//
// Names are "results/ab/...", "uploads/ab/..." and "entities/ab/...", of letters, digits, "-" and "_": made by us, never
// by a client. A file appears under its name when it is whole and on disk; only then is its name
// given to the database. What was not kept goes with its File. A full disk is StoreFull. Any thread;
// a File is one thread's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/sink.h"
#include "pg/connection.h"

namespace vo::uws {

class FileStore {
  public:
    class File final : public Sink {
      public:
        File(const FileStore& store, std::string name);
        ~File() override;

        void write(std::string_view bytes) override;

        // REQUIRES: nothing is written after it.
        void keep();

        [[nodiscard]] std::int64_t size() const { return size_; }

        [[nodiscard]] const std::string& name() const { return name_; }

      private:
        void flush_buffer();
        [[noreturn]] void fail(const char* what) const;

        const FileStore& store_;
        std::string name_;
        std::string path_;
        std::string buffer_;
        std::int64_t size_ = 0;
        int descriptor_ = -1;
        bool kept_ = false;
    };

    // A descriptor that closes itself.
    class Reading {
      public:
        explicit Reading(int descriptor) : descriptor_(descriptor) {}
        Reading(const Reading&) = delete;
        Reading& operator=(const Reading&) = delete;
        ~Reading();

        [[nodiscard]] int get() const { return descriptor_; }

        // The caller closes it.
        [[nodiscard]] int release();

      private:
        int descriptor_;
    };

    explicit FileStore(std::string root) : root_(std::move(root)) {}

    // Compares the marker file with the database; makes it for a database that never had a store.
    // Throws Busy with words for the administrator in its detail.
    void open(pg::Connection& db) const;

    // "results/ab/JOB-ATTEMPT-ID": the name of a file of a job.
    [[nodiscard]] static std::string make_name(std::string_view folder,
                                               std::string_view job_id,
                                               std::string_view rest);

    [[nodiscard]] std::unique_ptr<File> create(std::string name) const;
    // Throws Internal when it is not there.
    [[nodiscard]] Reading read(std::string_view name) const;
    // False when it was not there, or could not be removed.
    bool remove(std::string_view name) const noexcept;

    // Each file of such a folder that has not been written for `age_s`, with parts that were
    // never finished, until `take` says false.
    void for_each_older(std::string_view folder,
                        std::int64_t age_s,
                        const std::function<bool(const std::string& name)>& take) const;

  private:
    [[nodiscard]] std::string path_of(std::string_view name) const;

    std::string root_;
};

// Removes files that no job names any more: what a crash left between a file and the database.
// Results must be older than any lease, uploads than any request. Returns how many; ends early when
// `go_on` says so.
std::int64_t remove_orphans(pg::Connection& db,
                            const FileStore& store,
                            std::int64_t lease_s,
                            const std::function<bool()>& go_on);

}  // namespace vo::uws
