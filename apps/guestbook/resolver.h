// A DNS client just large enough to find a database: A records over UDP, through /etc/resolv.conf.
// The C library's resolver loads plug-ins at run time, which a static binary must not rely on; and
// nobody else would honour the record's time to live, on which a database's failover depends.
//
// Threading: any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "result.h"

namespace guestbook {

/// One A record's worth of an answer.
struct DnsAnswer {
    std::string address;         // Dotted.
    std::chrono::seconds ttl{};  // The smallest on the way, CNAMEs included.
};

/// The wire form of a question for `name`'s A records (RFC 1035, section 4).
Result<std::string> encode_dns_query(std::uint16_t id, std::string_view name);
/// Reads a server's reply to that query; follows CNAMEs within it.
Result<DnsAnswer> decode_dns_reply(std::uint16_t id, std::string_view reply);

struct ResolverOptions {
    std::string resolv_conf = "/etc/resolv.conf";
    std::string hosts = "/etc/hosts";
    std::uint16_t port = 53;
    std::chrono::milliseconds timeout{1000};  // For each of the attempts.
    int attempts = 3;                         // Over all servers, in turn.
};

class Resolver {
public:
    explicit Resolver(ResolverOptions options = {}) : options_(std::move(options)) {}

    /// An IPv4 address for `name`: itself if it is one, else from the hosts file, else from DNS,
    /// where an answer is kept no longer than its time to live.
    Result<std::string> resolve(const std::string& name);
    /// Asks anew next time, whatever the time to live: the address has just proved useless.
    void forget(const std::string& name);

private:
    using Clock = std::chrono::steady_clock;
    struct Cached {
        std::string address;
        Clock::time_point until;
    };

    std::vector<std::string> name_servers() const;
    Result<std::string> from_hosts(const std::string& name) const;
    Result<DnsAnswer> ask(const std::string& server, const std::string& name) const;

    const ResolverOptions options_;
    std::mutex mutex_;
    std::map<std::string, Cached> cache_;
};

}  // namespace guestbook
