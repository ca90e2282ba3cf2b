// SPDX-License-Identifier: Apache-2.0
// The kinds on offer, as they are at present: descriptions that change are seen within a second.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "jdl/shelf_holder.h"
#include "uws/host.h"
#include "uws/rest.h"

namespace vo::jobs {

// A kind, and how its job list behaves.
struct Offer {
    std::shared_ptr<const jdl::Kind> kind;
    std::shared_ptr<const uws::RestOptions> options;
};

using Offers = std::map<std::string, Offer, std::less<>>;

class Kinds {
  public:
    explicit Kinds(uws::Host& host);

    // Throws Busy when there are new descriptions and the database, which keeps them, is away.
    [[nodiscard]] std::shared_ptr<const Offers> get();
    // NotFound when there is no such kind.
    [[nodiscard]] Offer get(std::string_view name);
    // Also of one that there was: its jobs can be seen and ended.
    [[nodiscard]] std::shared_ptr<const uws::RestOptions> get_list(std::string_view name);

    // What else they depend on has changed.
    void forget();

  private:
    [[nodiscard]] std::shared_ptr<const Offers> make(const jdl::Shelf& shelf);

    uws::Host& host_;
    jdl::ShelfHolder holder_;
    std::mutex mutex_;
    std::shared_ptr<const jdl::Shelf> shelf_;  // of which offers_ were made
    std::shared_ptr<const Offers> offers_;
};

}  // namespace vo::jobs
