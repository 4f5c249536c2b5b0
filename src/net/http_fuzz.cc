// Fuzz target for a whole connection: parser, bodies, limits and answers.
// With Clang: -fsanitize=fuzzer,address -DSTORMGLASS_FUZZ=fuzz_connection.
#include "net/http_fuzz.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/check.h"
#include "net/http_connection.h"
#include "net/testing.h"

namespace stormglass::net {
namespace {

constexpr std::string_view interim = "HTTP/1.1 100 Continue\r\n\r\n";

/// Gives out a text in pieces and keeps what is written.
class TextStream final : public Stream {
public:
    TextStream(std::string_view input, std::size_t piece, std::string& output)
        : input_(input), piece_(piece), output_(output) {}

    Result<std::size_t> read_idle(char* to, std::size_t size) override { return take(to, size); }
    Result<std::size_t> read(char* to, std::size_t size, std::chrono::milliseconds) override {
        return take(to, size);
    }
    Result<void> write(std::string_view first, std::string_view second) override {
        if (first != interim) output_.append(first).append(second);
        return {};
    }
    Result<void> send_file(int, std::uint64_t, std::uint64_t) override { return {}; }
    void finish() override {}

private:
    std::size_t take(char* to, std::size_t size) {
        size = std::min({size, piece_, input_.size()});
        std::memcpy(to, input_.data(), size);
        input_.remove_prefix(size);
        return size;
    }

    std::string_view input_;
    std::size_t piece_;
    std::string& output_;
};

}  // namespace

/// Which of several faults of a head is named depends on which has come.
std::string without_reason(std::string answers) {
    for (const std::string_view refusal : {"HTTP/1.1 414", "HTTP/1.1 431"}) {
        const auto at = answers.rfind(refusal);
        if (at != std::string::npos) answers.replace(at, refusal.size(), "HTTP/1.1 400");
    }
    // The reason and its text follow; nothing else can.
    const auto refused = answers.rfind("HTTP/1.1 400");
    return refused == std::string::npos ? answers : answers.substr(0, refused + 12);
}

std::string answers_to(std::string_view input, std::size_t piece) {
    HttpServerOptions options{.header_bytes_max = 500,
                              .target_bytes_max = 100,
                              .body_bytes_max = 1000,
                              .drain_bytes_max = 100};
    const Handler handler = [](Request& request) {
        return request.method == "DELETE" ? Response{.status = 204} : echo(request);
    };
    const base::ManualClock clock;
    std::atomic<bool> stopping = false;
    std::atomic<std::uint64_t> requests = 0;
    std::atomic<std::uint64_t> refusals = 0;
    const ConnectionContext context{options, handler, clock, stopping, requests, refusals};
    std::string output;
    HttpConnection(context, std::make_unique<TextStream>(input, piece, output), "").serve();
    return output;
}

void fuzz_connection(std::string_view input) {
    const std::string whole = answers_to(input, input.size() + 1);
    for (const std::size_t piece : {1, 7}) {
        CHECK(without_reason(answers_to(input, piece)) == without_reason(whole));
    }
    CHECK(input.empty() || whole.empty() || whole.starts_with("HTTP/1.1 "));
}

}  // namespace stormglass::net

#ifdef STORMGLASS_FUZZ
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    stormglass::net::STORMGLASS_FUZZ({reinterpret_cast<const char*>(data), size});
    return 0;
}
#endif
