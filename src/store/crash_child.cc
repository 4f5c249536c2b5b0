// The process that rocks_store_test kills: commits from several threads and acknowledges each
// commit with a line on its output, as soon as it is durable.
//
//   store_crash_child FOLDER endless      until it is killed
//   store_crash_child FOLDER full-disk    until a write fails, then makes room and writes once more
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "base/file.h"
#include "store/key.h"
#include "store/rocks_store.h"

namespace stormglass::store {
namespace {

constexpr int thread_count = 8;
constexpr rlim_t full_disk_bytes = 400'000;
const std::string padding(2000, 'p');

void say(const std::string& line) { (void)base::write_all(STDOUT_FILENO, line + "\n"); }

/// Two keys in one transaction, so that half of one would show.
Result<void> commit_pair(Store& store, const std::string& thread, const std::string& round) {
    auto tx = TRY(store.write());
    tx->put(key({"first", thread, round}), round + padding);
    tx->put(key({"second", thread, round}), round);
    return store.commit_durable(std::move(tx));
}

void commit_until_it_fails(Store& store, const std::string& thread) {
    const std::string run = std::to_string(::getpid());
    for (int number = 0;; ++number) {
        const std::string round = fmt::format("{}-{}", run, number);
        const auto outcome = commit_pair(store, thread, round);
        if (!outcome) return say("failed " + outcome.error().code);
        say(fmt::format("ack {} {}", thread, round));
    }
}

void endless(Store& store) {
    std::vector<std::thread> threads;
    for (int number = 0; number < thread_count; ++number) {
        threads.emplace_back(
            [&store, number] { commit_until_it_fails(store, std::to_string(number)); });
    }
    for (auto& thread : threads) thread.join();
}

/// A limit on the size of files stands for the full disk.
void full_disk(Store& store) {
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    const rlimit tight{.rlim_cur = full_disk_bytes, .rlim_max = limit.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &tight);
    commit_until_it_fails(store, "full");
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto again = commit_pair(store, "full", "again");
    say(again ? "ack full again" : "failed again: " + again.error().message);
}

}  // namespace
}  // namespace stormglass::store

int main(int argc, char** argv) {
    using namespace stormglass;
    if (argc != 3) return 2;
    base::SystemRandom random;
    auto ring = store::KeyRing::open(argv[1], random);
    if (!ring) return 1;
    auto store = store::RocksStore::open({.data_dir = argv[1]}, **ring, random);
    if (!store) return 1;
    std::string(argv[2]) == "endless" ? store::endless(**store) : store::full_disk(**store);
}
