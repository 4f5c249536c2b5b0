#include <cstdint>
#include <iterator>

#include "fuzz.h"
#include "net/http_fuzz.h"
#include "wire/sigv4/sigv4_fuzz.h"

/// planes/lb/http1/fuzz_http1.cc, whose entry point the build renames.
extern "C" int fuzz_lb_http1(const unsigned char* data, std::size_t size);

namespace stormglass::fuzz {
namespace {

void balancer_http1(std::string_view input) {
    fuzz_lb_http1(reinterpret_cast<const unsigned char*>(input.data()), input.size());
}

constexpr Target targets[] = {
    {"http_connection", &net::fuzz_connection},
    {"balancer_http1", &balancer_http1},
    {"sigv4_credential", &wire::sigv4::fuzz_credential},
    {"aws_chunked", &wire::sigv4::fuzz_chunks},
    {"codecs", &fuzz_codecs},
    {"rest", &fuzz_rest},
    {"policy", &fuzz_policy},
    {"expression", &fuzz_expression},
    {"log_pattern", &fuzz_log_pattern},
    {"dns", &fuzz_dns},
    {"peek", &fuzz_peek},
    {"texts", &fuzz_texts},
};

}  // namespace

const Target* find_target(std::string_view name) {
    for (const auto& target : targets) {
        if (target.name == name) return &target;
    }
    return nullptr;
}

}  // namespace stormglass::fuzz
