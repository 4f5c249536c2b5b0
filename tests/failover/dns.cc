#include "dns.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netinet/in.h>
#include <resolv.h>

#include <array>
#include <cstring>

namespace stormglass::failover {
namespace {

constexpr char resolver[] = "169.254.169.253";
constexpr int dns_port = 53, wait_seconds = 1, tries = 2;

/// glibc's resolver, told to ask ours whatever resolv.conf says.
class Resolver {
public:
    Resolver() {
        ready_ = res_ninit(&state_) == 0;
        state_.nscount = 1;
        auto& server = state_.nsaddr_list[0];
        std::memset(&server, 0, sizeof server);
        server.sin_family = AF_INET;
        server.sin_port = htons(dns_port);
        inet_pton(AF_INET, resolver, &server.sin_addr);
        state_.retrans = wait_seconds;
        state_.retry = tries;
    }
    ~Resolver() { res_nclose(&state_); }
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;
    res_state state() { return ready_ ? &state_ : nullptr; }

private:
    struct __res_state state_ {};
    bool ready_ = false;
};

}  // namespace

std::optional<std::string> resolve(const std::string& name) {
    Resolver asked;
    if (asked.state() == nullptr) return std::nullopt;
    std::array<unsigned char, 2048> reply;
    const int size = res_nquery(asked.state(), name.c_str(), ns_c_in, ns_t_a, reply.data(),
                                static_cast<int>(reply.size()));
    ns_msg message;
    if (size < 0 || ns_initparse(reply.data(), size, &message) != 0) return std::nullopt;
    for (int i = 0; i < ns_msg_count(message, ns_s_an); ++i) {
        ns_rr record;
        if (ns_parserr(&message, ns_s_an, i, &record) != 0) continue;
        if (ns_rr_type(record) != ns_t_a || ns_rr_rdlen(record) != 4) continue;
        std::array<char, INET_ADDRSTRLEN> text{};
        inet_ntop(AF_INET, ns_rr_rdata(record), text.data(), text.size());
        return text.data();
    }
    return std::nullopt;
}

}  // namespace stormglass::failover
