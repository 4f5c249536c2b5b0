// Measures the store on a folder: durable commits a second by number of threads, what a read and a
// commit cost in CPU, and how much memory an idle store takes.
//
//   bench_store FOLDER
#include <fmt/format.h>
#include <time.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include "base/file.h"
#include "base/random.h"
#include "store/key.h"
#include "store/rocks_store.h"

namespace stormglass::store {
namespace {

constexpr auto measured_for = std::chrono::seconds(2);
constexpr int keys = 20'000;
constexpr int reads = 200'000;
constexpr int commits = 50'000;
const std::string value(400, 'v');

double cpu_seconds() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

std::string name(int number) { return key({"bench/record", "123456789012", ordered(number)}); }

std::string memory() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmRSS")) return line.substr(7);
    }
    return "?";
}

void durable_commits(RocksStore& store, int thread_count) {
    std::atomic<bool> stop = false;
    std::atomic<int> done = 0;
    const auto syncs = store.sync_count();
    std::vector<std::thread> threads;
    for (int number = 0; number < thread_count; ++number) {
        threads.emplace_back([&, number] {
            for (int round = 0; !stop; ++round) {
                auto tx = store.write().value();
                tx->put(name(number * 1000 + round % 1000), value);
                if (!store.commit_durable(std::move(tx))) std::abort();
                ++done;
            }
        });
    }
    std::this_thread::sleep_for(measured_for);
    stop = true;
    for (auto& thread : threads) thread.join();
    const double seconds = std::chrono::duration<double>(measured_for).count();
    fmt::print("durable commits, {:2} threads: {:6.0f} per s, {:5.1f} commits per fsync\n",
               thread_count, done / seconds,
               static_cast<double>(done) / static_cast<double>(store.sync_count() - syncs));
}

template <class Work>
void cpu_cost(std::string_view what, int times, Work work) {
    const double before = cpu_seconds();
    for (int round = 0; round < times; ++round) work(round);
    fmt::print("{}: {:.2f} us CPU\n", what, (cpu_seconds() - before) / times * 1e6);
}

void run(const std::string& folder) {
    base::SystemRandom random;
    auto ring = KeyRing::open(folder, random).value();
    const auto began = std::chrono::steady_clock::now();
    auto store = RocksStore::open({.data_dir = folder}, *ring, random).value();
    fmt::print(
        "open: {:.1f} ms, then resident {}\n",
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count(),
        memory());
    for (const int threads : {1, 8, 32}) durable_commits(*store, threads);
    cpu_cost("commit of one 400-byte value, without fsync", commits, [&](int round) {
        auto tx = store->write().value();
        tx->put(name(round % keys), value);
        if (!store->commit(std::move(tx))) std::abort();
    });
    cpu_cost("get in a transaction of its own", reads,
             [&](int round) { (void)store->read()->get(name(round * 7919 % keys)).value(); });
    auto reader = store->read();
    cpu_cost("get", reads,
             [&](int round) { (void)reader->get(name(round * 7919 % keys)).value(); });
    int seen = 0;
    cpu_cost("scan, a record", 1, [&](int) {
        (void)reader->scan("", "", Direction::forward, [&](auto, auto) {
            ++seen;
            return Step::next;
        });
    });
    fmt::print("(of {} records)\nresident {}\n", seen, memory());
}

}  // namespace
}  // namespace stormglass::store

int main(int argc, char** argv) {
    if (argc != 2) {
        fmt::print(stderr, "usage: bench_store FOLDER\n");
        return 2;
    }
    stormglass::store::run(argv[1]);
}
