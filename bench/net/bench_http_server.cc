// A server that answers every request with a few bytes, to be measured with wrk:
//
//   bench_http_server [tls] & wrk -t1 -c16 -d5 http://127.0.0.1:PORT/
//
// At the end of its input it prints the CPU time a request took.
#include <fmt/format.h>
#include <time.h>

#include <iostream>
#include <string>

#include "net/ca.h"
#include "net/http_server.h"

namespace stormglass::net {
namespace {

double cpu_seconds() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

void run(bool with_tls) {
    base::SystemClock clock;
    std::optional<TlsContext> tls;
    if (with_tls) {
        const auto pair = self_signed({"127.0.0.1"}, clock).value();
        tls = TlsContext::create([pair](std::string_view) { return pair; }).value();
    }
    HttpServer server({}, [](Request&) {
        return Response{.headers = {{"Content-Type", "text/plain"}}, .body = "Hello, world\n"};
    });
    auto listening = listen_tcp("127.0.0.1", 0).value();
    fmt::print("http{}://127.0.0.1:{}/\n", with_tls ? "s" : "",
               bound_port(listening.get()).value());
    std::fflush(stdout);
    (void)server.listen(std::move(listening), tls).value();
    const double before = cpu_seconds();
    for (std::string line; std::getline(std::cin, line);) {
    }
    const auto requests = server.stats().requests_total;
    fmt::print(
        "{} requests, {:.2f} us CPU each\n", requests,
        (cpu_seconds() - before) * 1e6 / static_cast<double>(std::max<std::uint64_t>(requests, 1)));
}

}  // namespace
}  // namespace stormglass::net

int main(int argc, char** argv) { stormglass::net::run(argc > 1 && std::string(argv[1]) == "tls"); }
