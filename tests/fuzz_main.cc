// SPDX-License-Identifier: Apache-2.0
// Drives a fuzz target where no coverage-guided fuzzer is at hand: mutates seeds for some seconds.
//
//     tests/fuzz_adql SECONDS FOLDER [RANDOM_SEED]
//
// Seeds are the lines of the folder's files, without "> " before them, and the files themselves.
// The input that is being tried lies in fuzz.last beside the program, also after a crash. Prints
// TAP.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t kLongestInput = 65536;

// A file in memory, so that keeping the input costs one memcpy and outlives the process.
class LastInput {
  public:
    explicit LastInput(const std::filesystem::path& path) {
        const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (fd < 0 || ftruncate(fd, kLongestInput) != 0) std::abort();
        void* memory = mmap(nullptr, kLongestInput, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (memory == MAP_FAILED) std::abort();
        memory_ = static_cast<char*>(memory);
        close(fd);
    }

    void keep(const std::string& input) {
        std::memset(memory_, 0, kLongestInput);
        std::memcpy(memory_, input.data(), std::min(input.size(), kLongestInput));
    }

  private:
    char* memory_;
};

std::vector<std::string> read_seeds(const std::filesystem::path& folder) {
    std::vector<std::string> seeds;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        std::ifstream file(entry.path(), std::ios::binary);
        std::ostringstream whole;
        whole << file.rdbuf();
        std::istringstream lines(whole.str());
        for (std::string line; std::getline(lines, line);)
            if (!line.empty()) seeds.push_back(line.starts_with("> ") ? line.substr(2) : line);
        seeds.push_back(whole.str().substr(0, kLongestInput));
    }
    return seeds;
}

class Mutator {
  public:
    Mutator(std::vector<std::string> seeds, std::uint64_t random_seed)
        : seeds_(std::move(seeds)), random_(random_seed) {}

    std::string next() {
        std::string input = pick_seed();
        for (auto n = below(6); n > 0; --n)
            mutate(input);
        input.resize(std::min(input.size(), kLongestInput));
        return input;
    }

  private:
    std::size_t below(std::size_t bound) {
        return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
    }

    const std::string& pick_seed() { return seeds_[below(seeds_.size())]; }

    std::string slice(const std::string& text) {
        if (text.empty()) return {};
        const auto from = below(text.size());
        return text.substr(from, below(std::min<std::size_t>(text.size() - from, 40)) + 1);
    }

    void mutate(std::string& input) {
        const auto at = below(input.size() + 1);
        switch (below(6)) {
            case 0:
                if (at < input.size()) input[at] = static_cast<char>(below(256));
                break;
            case 1: input.insert(at, 1, static_cast<char>(below(256))); break;
            case 2: input.erase(at, below(20)); break;
            case 3: input.insert(at, slice(pick_seed())); break;
            case 4: input.insert(at, slice(input)); break;
            default: input = input.substr(0, at) + slice(pick_seed());
        }
    }

    std::vector<std::string> seeds_;
    std::mt19937_64 random_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::cerr << "usage: " << argv[0] << " SECONDS FOLDER [RANDOM_SEED]\n";
        return 2;
    }
    const auto random_seed =
        argc > 3 ? std::strtoull(argv[3], nullptr, 10) : std::random_device{}();
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(std::atoi(argv[1]));
    Mutator mutator(read_seeds(argv[2]), random_seed);
    const std::filesystem::path program{argv[0]};
    LastInput last(program.parent_path() / "fuzz.last");
    std::cout << "1..1\n# random seed " << random_seed << std::endl;
    long tried = 0;
    while (std::chrono::steady_clock::now() < end) {
        const auto input = mutator.next();
        last.keep(input);
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
        ++tried;
    }
    std::cout << "ok 1 - " << program.filename().string() << " took " << tried << " inputs"
              << std::endl;
    return 0;
}
