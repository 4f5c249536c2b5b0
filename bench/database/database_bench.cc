// How long a database takes to be there, and to be there again: creation to availability (single
// and pair), and the death of a primary to the first accepted write on the standby. Needs root.
// Usage: database_bench [ROUNDS] [WRITERS]
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>

#include "substrate/mysql/testing.h"

namespace stormglass::substrate::mysql {
namespace {

using SteadyClock = std::chrono::steady_clock;

double milliseconds_since(SteadyClock::time_point start) {
    return std::chrono::duration<double, std::milli>(SteadyClock::now() - start).count();
}

void require(const Result<void>& result, const char* step) {
    if (result) return;
    fmt::print(stderr, "{}: {}\n", step, result.error().message);
    std::_Exit(1);
}

struct Series {
    std::vector<double> values;
    void show(const char* name) {
        std::sort(values.begin(), values.end());
        fmt::print("{:<34} median {:8.1f} ms   min {:8.1f}   max {:8.1f}   n={}\n", name,
                   values[values.size() / 2], values.front(), values.back(), values.size());
    }
};

class Bench : public TestServers {
public:
    void run(int rounds, int writers) {
        auto start = SteadyClock::now();
        require(databases().prepare(), "prepare");
        fmt::print("{:<34} {:.1f} ms, once per data directory\n", "template",
                   milliseconds_since(start));
        for (int round = 0; round < rounds; round++) {
            create();
            if (round == 0) show_memory();
            fail_over(writers);
            for (const auto& id : {first.id, second.id}) require(databases().remove(id), "remove");
        }
        for (auto& [name, series] : series_) series.show(name.c_str());
    }

private:
    void timed(const char* name, const Result<void>& result, SteadyClock::time_point start) {
        require(result, name);
        series_[name].values.push_back(milliseconds_since(start));
    }
    void create() {
        const auto start = SteadyClock::now();
        auto step = start;
        timed("1a data directory", databases().create_data(first), step);
        step = SteadyClock::now();
        timed("1b start, encrypt the template", databases().start(first, ServerRole::primary),
              step);
        step = SteadyClock::now();
        timed("1c accounts", databases().set_credentials(first, credentials()), step);
        timed("1  create to available", {}, start);
        step = SteadyClock::now();
        require(databases().create_data(second), "create standby");
        require(databases().start(second, ServerRole::standby), "start standby");
        require(databases().replicate_from(second, first, credentials().replication_password),
                "replicate");
        while (!databases().observe(first)->synchronous) std::this_thread::sleep_for(1ms);
        require(databases().set_synchronous(first, Synchronous::on), "synchronous");
        timed("2  standby added", {}, step);
    }
    void show_memory() {
        for (const auto& spec : {first, second}) {
            const auto pid = databases().observe(spec)->pid;
            const auto text = base::read_file(fmt::format("/proc/{}/status", pid)).value_or("");
            const auto at = text.find("VmRSS:");
            fmt::print("{:<34} {} kB resident\n", spec.id, std::atol(text.c_str() + at + 6));
        }
    }
    void fail_over(int writers) {
        client(first)->execute("CREATE TABLE app.t(id BIGINT PRIMARY KEY)");
        std::atomic<long> next = 1, acknowledged = 0;
        std::atomic<bool> stopped = false;
        std::vector<std::thread> threads;
        for (int i = 0; i < writers; i++) {
            threads.emplace_back([&] {
                const auto writer = client(first);
                while (!stopped &&
                       writer->execute(fmt::format("INSERT INTO app.t VALUES ({})", next++))) {
                    acknowledged++;
                }
            });
        }
        std::this_thread::sleep_for(1500ms);
        const auto written = acknowledged.load();
        const auto killed = SteadyClock::now();
        timed("3a fencing", databases().kill(first.id), killed);
        auto step = SteadyClock::now();
        timed("3b promotion", databases().promote(second), step);
        if (!client(second)->execute("INSERT INTO app.t VALUES (0)")) std::_Exit(1);
        timed("3  kill to first accepted write", {}, killed);
        stopped = true;
        for (auto& thread : threads) thread.join();
        const auto kept =
            std::atol(client(second)->value("SELECT COUNT(*) FROM app.t").c_str()) - 1;
        lost_ += std::max(0L, acknowledged - kept);
        fmt::print("round: {:.0f} writes/s, acknowledged {}, kept {}, lost so far {}\n",
                   written / 1.5, acknowledged.load(), kept, lost_);
        rejoin();
    }
    void rejoin() {
        const auto step = SteadyClock::now();
        require(databases().start(first, ServerRole::standby), "restart");
        require(databases().replicate_from(first, second, credentials().replication_password),
                "rejoin");
        timed("4  old primary back as standby", {}, step);
    }

    std::map<std::string, Series> series_;
    long lost_ = 0;
};

}  // namespace
}  // namespace stormglass::substrate::mysql

int main(int count, char** arguments) {
    const int rounds = count > 1 ? std::atoi(arguments[1]) : 5;
    const int writers = count > 2 ? std::atoi(arguments[2]) : 8;
    stormglass::substrate::mysql::Bench().run(rounds, writers);
}
