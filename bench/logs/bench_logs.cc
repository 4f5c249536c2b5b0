// Measures CloudWatch Logs' own code, without HTTP: PutLogEvents of full batches into a store on
// disk, durable, and FilterLogEvents over all of it, beside grep on the same lines.
//
//   bench_logs FOLDER [MEGABYTES]
#include <fmt/format.h>
#include <time.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <random>

#include "base/random.h"
#include "services/logs/service.h"
#include "store/rocks_store.h"

namespace stormglass::logs {
namespace {

constexpr std::size_t event_bytes = 200, batch = 4000;
constexpr const char* rare = "NEEDLE-7f3a";

double cpu_seconds() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

double wall_seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

template <class T>
T must(Result<T> result) {
    if (!result) {
        fmt::print(stderr, "{}\n", result.error().message);
        std::exit(1);
    }
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

std::string line(std::mt19937& random) {
    static const char* words[] = {"request", "served", "path",  "index", "status", "bytes",
                                  "client",  "zone",   "cache", "miss",  "hit",    "latency"};
    std::string text = fmt::format("{:09} INFO", random() % 1'000'000'000);
    while (text.size() < event_bytes)
        text += fmt::format(" {}", words[random() % std::size(words)]);
    text.resize(event_bytes);
    return text;
}

class Bench {
public:
    Bench(const std::string& folder, std::size_t megabytes)
        : folder_(folder), total_(megabytes * 1024 * 1024 / (event_bytes + 1)) {
        keys_ = must(store::KeyRing::open(folder, random_));
        store_ = must(store::RocksStore::open({.data_dir = folder}, *keys_, random_));
        auto r = request(wire::TxMode::write);
        api::CreateLogGroupInput group;
        group.log_group_name = "/bench";
        must(service_.create_log_group(*r, group));
        must(service_.create_log_stream(*r, {"/bench", "one"}));
        must(r->commit());
    }

    void take_in() {
        std::ofstream plain(folder_ + "/plain.txt");
        std::mt19937 random(1);
        double cpu = 0, wall = 0;
        for (std::size_t sent = 0; sent < total_; sent += batch) {
            api::PutLogEventsInput input;
            input.log_group_name = "/bench";
            input.log_stream_name = "one";
            for (std::size_t i = 0; i < batch && sent + i < total_; ++i) {
                std::string text = line(random);
                if (sent == total_ / batch / 2 * batch && i == 0)
                    text = std::string(rare) + " " + text;
                plain << text << "\n";
                input.log_events.push_back(
                    {start_ + static_cast<std::int64_t>((sent + i) / 100), std::move(text)});
            }
            const double cpu_begun = cpu_seconds(), begun = wall_seconds();
            auto r = request(wire::TxMode::write);
            must(service_.put_log_events(*r, input));
            must(r->commit());
            cpu += cpu_seconds() - cpu_begun;
            wall += wall_seconds() - begun;
        }
        fmt::print("{} events of {} bytes: {:.0f} a CPU second, {:.0f} a second, durable\n", total_,
                   event_bytes, static_cast<double>(total_) / cpu,
                   static_cast<double>(total_) / wall);
    }

    void find(const std::string& pattern, const std::string& fixed) {
        double best = 1e9, best_cpu = 1e9, best_grep = 1e9;
        std::size_t found = 0;
        for (int round = 0; round < 3; ++round) {
            const double cpu = cpu_seconds(), begun = wall_seconds();
            auto r = request(wire::TxMode::read);
            api::FilterLogEventsInput input;
            input.log_group_name = "/bench";
            input.filter_pattern = pattern;
            found = must(service_.filter_log_events(*r, input)).events.size();
            best = std::min(best, wall_seconds() - begun);
            best_cpu = std::min(best_cpu, cpu_seconds() - cpu);
            const double grep = wall_seconds();
            const auto command =
                fmt::format("LC_ALL=C grep -F -c '{}' {}/plain.txt > /dev/null", fixed, folder_);
            [[maybe_unused]] const int status = std::system(command.c_str());
            best_grep = std::min(best_grep, wall_seconds() - grep);
        }
        fmt::print("{}: {} found, {:.2f} s ({:.2f} s CPU), grep {:.2f} s: {:.1f} times grep\n",
                   pattern, found, best, best_cpu, best_grep, best / best_grep);
    }

private:
    std::unique_ptr<wire::Request> request(wire::TxMode mode) {
        return wire::make_internal_request(*store_, mode, "bench", "123456789012", "us-east-1",
                                           clock_.now());
    }

    const std::string folder_;
    const std::size_t total_;
    base::SystemRandom random_;
    base::SystemClock clock_;
    const std::int64_t start_ = millis(clock_.now()) - 3'600'000;
    std::unique_ptr<store::KeyRing> keys_;
    std::unique_ptr<store::RocksStore> store_;
    Service service_{random_};
};

}  // namespace
}  // namespace stormglass::logs

int main(int argc, char** argv) {
    if (argc < 2) {
        fmt::print(stderr, "usage: bench_logs FOLDER [MEGABYTES]\n");
        return 2;
    }
    constexpr std::size_t megabytes_default = 1024;
    stormglass::logs::Bench bench(
        argv[1], argc > 2 ? std::strtoul(argv[2], nullptr, 10) : megabytes_default);
    bench.take_in();
    bench.find("\"NEEDLE-7f3a\"", "NEEDLE-7f3a");
    bench.find("CRITICAL", "CRITICAL");
    return 0;
}
