// Runs one target: first its whole corpus, then mutants of it, from a seed, so that a failure can
// be had again.
//
//   fuzz TARGET [--corpus DIR] [--rounds N] [--seed S] [--file F]
//
// Without libFuzzer this is all there is; a crash prints the round. With it (STORMGLASS_LIBFUZZER),
// the same binary is a libFuzzer program whose first argument is the target: fuzz codecs DIR
// -max_total_time=600
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "fuzz.h"

namespace stormglass::fuzz {
namespace {

const Target* chosen = nullptr;

#ifndef STORMGLASS_LIBFUZZER
constexpr std::size_t input_bytes_max = 64 * 1024;

/// What parsers of protocols trip over.
constexpr std::string_view pieces[] = {"\r\n",
                                       "\n",
                                       "\r",
                                       ":",
                                       " ",
                                       "\t",
                                       ",",
                                       ";",
                                       "=",
                                       "&",
                                       "%",
                                       "%00",
                                       "%FF",
                                       "\"",
                                       "'",
                                       "\\",
                                       "{",
                                       "}",
                                       "[",
                                       "]",
                                       "(",
                                       ")",
                                       "<",
                                       ">",
                                       "/",
                                       "..",
                                       "*",
                                       "?",
                                       "$",
                                       "#",
                                       "0\r\n\r\n",
                                       "chunked",
                                       "Content-Length: 5\r\n",
                                       "Transfer-Encoding: chunked\r\n",
                                       "HTTP/1.1",
                                       "Host: y\r\n",
                                       "ffffffff",
                                       "18446744073709551616",
                                       "-9223372036854775809",
                                       "1e999",
                                       "NaN",
                                       "-1",
                                       "\xff",
                                       "\xc5\xbf",
                                       "\xed\xa0\x80",
                                       ".member.1",
                                       "null",
                                       "true",
                                       "\x9f",
                                       "\xbf",
                                       "\xfb",
                                       "\x1b",
                                       "<!DOCTYPE a [<!ENTITY b \"c\">]>",
                                       "&b;",
                                       "AND",
                                       "NOT ",
                                       "attribute_exists("};

std::string read_file(const std::filesystem::path& path) {
    std::ifstream from(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(from), {}};
}

std::vector<std::string> read_corpus(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> paths;
    if (std::filesystem::is_directory(folder)) {
        for (const auto& entry : std::filesystem::directory_iterator(folder))
            paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    std::vector<std::string> corpus;
    for (const auto& path : paths) corpus.push_back(read_file(path));
    return corpus;
}

class Mutator {
public:
    Mutator(std::vector<std::string> corpus, std::uint32_t seed)
        : corpus_(std::move(corpus)), random_(seed) {
        if (corpus_.empty()) corpus_.emplace_back();
    }

    std::string next() {
        std::string text = one_of_corpus();
        for (std::size_t changes = 1 + below(6); changes > 0; --changes) change(text);
        text.resize(std::min(text.size(), input_bytes_max));
        return text;
    }

private:
    std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }
    const std::string& one_of_corpus() { return corpus_[below(corpus_.size())]; }

    void change(std::string& text) {
        const std::size_t at = below(text.size() + 1);
        switch (below(7)) {
            case 0:
                if (at < text.size()) text[at] = static_cast<char>(random_());
                break;
            case 1:
                text.erase(at, 1 + below(16));
                break;
            case 2:
                text.insert(at, pieces[below(std::size(pieces))]);
                break;
            case 3:
                text.insert(at, text.substr(below(text.size() + 1), below(60)));
                break;
            case 4:
                text.insert(at, below(300), pieces[below(std::size(pieces))][0]);
                break;
            case 5: {  // The rest is another's.
                const auto& other = one_of_corpus();
                text = text.substr(0, at) + other.substr(below(other.size() + 1));
                break;
            }
            default:
                if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
        }
    }

    std::vector<std::string> corpus_;
    std::mt19937 random_;
};

/// For the report of a crash: the input that did it, in a file.
const std::string* current = nullptr;

void keep_input(int signal) {
    constexpr char path[] = "fuzz_failure";
    if (current != nullptr) {
        if (FILE* to = std::fopen(path, "wb")) {
            std::fwrite(current->data(), 1, current->size(), to);
            std::fclose(to);
            std::fprintf(stderr, "the input is in ./%s: fuzz %s --file %s\n", path,
                         chosen->name.data(), path);
        }
    }
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

void run(const std::string& input) {
    current = &input;
    chosen->run(input);
    current = nullptr;
}

int drive(const std::map<std::string, std::string>& options) {
    const auto number = [&](const char* name, std::uint64_t otherwise) {
        const auto at = options.find(name);
        std::uint64_t value = otherwise;
        if (at != options.end()) {
            std::from_chars(at->second.data(), at->second.data() + at->second.size(), value);
        }
        return value;
    };
    if (options.contains("--file")) {
        run(read_file(options.at("--file")));
        return 0;
    }
    const auto corpus = read_corpus(options.contains("--corpus") ? options.at("--corpus") : "");
    for (const auto& input : corpus) run(input);
    const std::uint64_t rounds = number("--rounds", 10'000), seed = number("--seed", 1);
    Mutator mutator(corpus, static_cast<std::uint32_t>(seed));
    for (std::uint64_t round = 0; round < rounds; ++round) run(mutator.next());
    fmt::print("{}: {} inputs of the corpus, {} mutants from seed {}\n", chosen->name,
               corpus.size(), rounds, seed);
    return 0;
}
#endif

int usage() {
    fmt::print(stderr, "usage: fuzz TARGET [--corpus DIR] [--rounds N] [--seed S] [--file F]\n");
    return 2;
}

}  // namespace
}  // namespace stormglass::fuzz

#ifdef STORMGLASS_LIBFUZZER
extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
    if (*argc < 2) std::exit(stormglass::fuzz::usage());
    stormglass::fuzz::chosen = stormglass::fuzz::find_target((*argv)[1]);
    if (stormglass::fuzz::chosen == nullptr) std::exit(stormglass::fuzz::usage());
    std::rotate(*argv + 1, *argv + 2, *argv + *argc);
    --*argc;
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    stormglass::fuzz::chosen->run({reinterpret_cast<const char*>(data), size});
    return 0;
}
#else
int main(int argc, char** argv) {
    using namespace stormglass::fuzz;
    chosen = argc > 1 ? find_target(argv[1]) : nullptr;
    if (chosen == nullptr || argc % 2 != 0) return usage();
    std::map<std::string, std::string> options;
    for (int i = 2; i + 1 < argc; i += 2) options[argv[i]] = argv[i + 1];
    for (const int signal : {SIGABRT, SIGSEGV, SIGFPE, SIGILL, SIGBUS})
        std::signal(signal, keep_input);
    return drive(options);
}
#endif
