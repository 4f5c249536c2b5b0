// Writers and readers of one DB instance, by its endpoint's name, from inside the VPC. Every write
// has a number of its own; what was acknowledged is remembered and must be there ever after. Run in
// a network namespace of the VPC; commands come on stdin, an answer in JSON on stdout each:
//   mark     from now on the longest time without an acknowledged write is measured
//   status   figures since the last mark
//   check    is every acknowledged write there, and none twice? (of those since the last check)
//   checkall the same of all
// Usage: failover_load NAME USER [WRITERS] [READERS]; the password is in $DATABASE_PASSWORD.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <set>
#include <thread>

#include "client.h"

namespace stormglass::failover {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds pause_between{3}, pause_after_error{10};

double milliseconds(Clock::duration length) {
    return std::chrono::duration<double, std::milli>(length).count();
}

/// What was acknowledged, and the gaps between acknowledgements.
class Ledger {
public:
    long next() { return next_++; }
    void acknowledged(long id) {
        const std::lock_guard lock(mutex_);
        const auto now = Clock::now();
        longest_ = std::max(longest_, now - last_);
        last_ = now;
        ids_.push_back(id);
        ++since_mark_;
    }
    void failed() { ++failed_; }
    long newest() {
        const std::lock_guard lock(mutex_);
        return ids_.empty() ? 0 : ids_.back();
    }
    void mark() {
        const std::lock_guard lock(mutex_);
        last_ = Clock::now();
        longest_ = {};
        since_mark_ = 0;
        failed_ = read_failed = stale = reads = 0;
    }
    std::string status() {
        const std::lock_guard lock(mutex_);
        return fmt::format(
            R"({{"acknowledged":{},"since_mark":{},"failed":{},"longest_gap_ms":{:.1f},)"
            R"("gap_now_ms":{:.1f},"reads":{},"failed_reads":{},"stale_reads":{}}})",
            ids_.size(), since_mark_, failed_.load(), milliseconds(longest_),
            milliseconds(Clock::now() - last_), reads.load(), read_failed.load(), stale.load());
    }
    std::vector<long> from(std::size_t place) {
        const std::lock_guard lock(mutex_);
        return {ids_.begin() + static_cast<std::ptrdiff_t>(place), ids_.end()};
    }

    std::atomic<long> reads = 0, read_failed = 0, stale = 0;

private:
    std::mutex mutex_;
    std::atomic<long> next_ = 1, failed_ = 0;
    std::vector<long> ids_;
    Clock::time_point last_ = Clock::now();
    Clock::duration longest_{};
    long since_mark_ = 0;
};

void write_on(const std::stop_token& stop, const Endpoint& endpoint, Ledger& ledger) {
    Client client(endpoint);
    while (!stop.stop_requested()) {
        const long id = ledger.next();
        const bool done = client.execute(fmt::format("INSERT INTO w(id) VALUES ({})", id));
        if (done) ledger.acknowledged(id);
        if (!done) ledger.failed();
        std::this_thread::sleep_for(done ? pause_between : pause_after_error);
    }
}

/// What was acknowledged before a read begins, the read shows.
void read_on(const std::stop_token& stop, const Endpoint& endpoint, Ledger& ledger) {
    Client client(endpoint);
    std::vector<std::string> cells;
    while (!stop.stop_requested()) {
        const long id = ledger.newest();
        const bool done = client.column(fmt::format("SELECT id FROM w WHERE id = {}", id), cells);
        if (done) ++ledger.reads;
        if (!done) ++ledger.read_failed;
        if (done && id != 0 && cells.empty()) {
            ++ledger.stale;
            std::cerr << "a read did not show write " << id << "\n";
        }
        std::this_thread::sleep_for(done ? pause_between : pause_after_error);
    }
}

std::string check(const Endpoint& endpoint, const std::vector<long>& wanted) {
    if (wanted.empty()) return R"({"checked":0,"missing":0,"twice":0})";
    Client client(endpoint);
    const long first = *std::min_element(wanted.begin(), wanted.end());
    std::vector<std::string> cells;
    for (int tries = 0;
         !client.column(fmt::format("SELECT id FROM w WHERE id >= {} ORDER BY id", first), cells);
         ++tries) {
        if (tries > 20) return R"({"error":"the rows cannot be read"})";
        std::this_thread::sleep_for(std::chrono::milliseconds{200});
    }
    std::set<long> there;
    long twice = 0, missing = 0;
    for (const auto& cell : cells) {
        if (!there.insert(std::atol(cell.c_str())).second) ++twice;
    }
    for (const long id : wanted) {
        if (there.contains(id)) continue;
        ++missing;
        std::cerr << "acknowledged write " << id << " is missing\n";
    }
    return fmt::format(R"({{"checked":{},"missing":{},"twice":{}}})", wanted.size(), missing,
                       twice);
}

bool prepare(const Endpoint& endpoint) {
    Client client(endpoint);
    for (int tries = 0; tries < 100; ++tries) {
        // No unique key on id: a write applied twice would show.
        if (client.execute("CREATE TABLE IF NOT EXISTS w (n BIGINT AUTO_INCREMENT PRIMARY KEY, "
                           "id BIGINT NOT NULL, KEY(id)) ENGINE=InnoDB")) {
            return true;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{100});
    }
    std::cerr << "cannot begin: " << client.error() << "\n";
    return false;
}

int run(const Endpoint& endpoint, int writers, int readers) {
    if (!prepare(endpoint)) return 1;
    Ledger ledger;
    std::vector<std::jthread> threads;
    for (int i = 0; i < writers + readers; ++i) {
        threads.emplace_back([&, i](const std::stop_token& stop) {
            i < writers ? write_on(stop, endpoint, ledger) : read_on(stop, endpoint, ledger);
        });
    }
    std::size_t checked = 0;
    std::cout << "{\"ready\":true}" << std::endl;
    for (std::string command; std::getline(std::cin, command);) {
        if (command == "mark") ledger.mark();
        if (command == "check" || command == "checkall") {
            const auto wanted = ledger.from(command == "check" ? checked : 0);
            if (command == "check") checked += wanted.size();
            std::cout << check(endpoint, wanted) << std::endl;
        } else {
            std::cout << ledger.status() << std::endl;
        }
    }
    return 0;
}

}  // namespace
}  // namespace stormglass::failover

int main(int argc, char** argv) {
    const char* password = std::getenv("DATABASE_PASSWORD");
    if (argc < 3 || password == nullptr) {
        std::cerr << "usage: DATABASE_PASSWORD=... failover_load NAME USER [WRITERS] [READERS]\n";
        return 2;
    }
    mysql_library_init(0, nullptr, nullptr);
    const int writers = argc > 3 ? std::atoi(argv[3]) : 4;
    const int readers = argc > 4 ? std::atoi(argv[4]) : 2;
    return stormglass::failover::run({argv[1], argv[2], password}, writers, readers);
}
