// DNS over UDP: one question, one datagram back.
#include "resolver.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>
#include <sstream>

#include "text.h"

namespace guestbook {
namespace {

constexpr std::size_t header_size = 12;
constexpr std::size_t label_max = 63;
constexpr std::size_t name_max = 253;
constexpr std::size_t datagram_max = 4096;
constexpr std::uint16_t type_a = 1;
constexpr std::uint16_t class_in = 1;
constexpr std::uint16_t flag_recursion_desired = 0x0100;
constexpr std::uint16_t flag_reply = 0x8000;
constexpr std::uint16_t flag_truncated = 0x0200;

void put16(std::string& to, std::uint16_t value) {
    to += static_cast<char>(value >> 8);
    to += static_cast<char>(value & 0xFF);
}

/// Reads forward through a message and remembers having run past its end.
class Reader {
public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}

    bool failed() const { return failed_; }
    std::uint8_t byte() {
        if (at_ >= bytes_.size()) return failed_ = true, 0;
        return static_cast<std::uint8_t>(bytes_[at_++]);
    }
    std::uint16_t u16() {
        const int high = byte();
        return static_cast<std::uint16_t>(high << 8 | byte());
    }
    std::uint32_t u32() {
        const std::uint32_t high = u16();
        return high << 16 | u16();
    }
    std::string_view take(std::size_t count) {
        if (count > bytes_.size() - at_) return failed_ = true, std::string_view{};
        at_ += count;
        return bytes_.substr(at_ - count, count);
    }
    /// Skips a name; a compression pointer ends it, and where it leads is of no interest here.
    void skip_name() {
        for (std::uint8_t length = byte(); length != 0 && !failed_; length = byte()) {
            if (length >= 0xC0) {
                byte();
                return;
            }
            take(length);
        }
    }

private:
    std::string_view bytes_;
    std::size_t at_ = 0;
    bool failed_ = false;
};

bool is_ipv4(const std::string& text) {
    in_addr parsed{};
    return ::inet_pton(AF_INET, text.c_str(), &parsed) == 1;
}

std::string dotted(std::string_view four_bytes) {
    std::array<char, INET_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET, four_bytes.data(), text.data(), text.size());
    return text.data();
}

/// A socket that closes itself.
class UdpSocket {
public:
    UdpSocket() : descriptor_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {}
    ~UdpSocket() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    UdpSocket(const UdpSocket&) = delete;
    UdpSocket& operator=(const UdpSocket&) = delete;
    int get() const { return descriptor_; }

private:
    int descriptor_;
};

}  // namespace

Result<std::string> encode_dns_query(std::uint16_t id, std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    if (name.empty() || name.size() > name_max) return fail("not a host name");
    std::string out;
    put16(out, id);
    put16(out, flag_recursion_desired);
    for (const int count : {1, 0, 0, 0}) put16(out, static_cast<std::uint16_t>(count));
    while (!name.empty()) {
        const std::string_view label = name.substr(0, name.find('.'));
        if (label.empty() || label.size() > label_max) return fail("not a host name");
        out += static_cast<char>(label.size());
        out += label;
        name.remove_prefix(std::min(name.size(), label.size() + 1));
    }
    out += '\0';
    put16(out, type_a);
    put16(out, class_in);
    return out;
}

Result<DnsAnswer> decode_dns_reply(std::uint16_t id, std::string_view reply) {
    Reader reader(reply);
    const std::uint16_t got_id = reader.u16();
    const std::uint16_t flags = reader.u16();
    const int questions = reader.u16();
    const int answers = reader.u16();
    reader.take(header_size - 8);
    if (reader.failed() || got_id != id || !(flags & flag_reply)) return fail("not our reply");
    if ((flags & 0x000F) != 0) return fail("DNS error " + std::to_string(flags & 0x000F));
    if (flags & flag_truncated) return fail("truncated reply");
    for (int i = 0; i < questions && !reader.failed(); ++i) {
        reader.skip_name();
        reader.take(4);
    }
    DnsAnswer out;
    std::uint32_t ttl = std::numeric_limits<std::int32_t>::max();
    for (int i = 0; i < answers; ++i) {
        reader.skip_name();
        const std::uint16_t type = reader.u16();
        reader.take(2);
        ttl = std::min(ttl, reader.u32());
        const std::string_view data = reader.take(reader.u16());
        if (reader.failed()) return fail("malformed reply");
        if (type == type_a && data.size() == sizeof(in_addr) && out.address.empty()) {
            out.address = dotted(data);
        }
    }
    if (out.address.empty()) return fail("the name has no address");
    out.ttl = std::chrono::seconds{ttl};
    return out;
}

Result<std::string> Resolver::resolve(const std::string& name) {
    if (is_ipv4(name)) return name;
    if (auto listed = from_hosts(name)) return listed;
    {
        const std::lock_guard lock(mutex_);
        const auto cached = cache_.find(name);
        if (cached != cache_.end() && Clock::now() < cached->second.until) {
            return cached->second.address;
        }
    }
    const auto servers = name_servers();
    std::string why = "no name server in " + options_.resolv_conf;
    for (int i = 0; i < options_.attempts && !servers.empty(); ++i) {
        const auto answer = ask(servers[static_cast<std::size_t>(i) % servers.size()], name);
        if (!answer) {
            why = answer.error().message;
            continue;
        }
        const std::lock_guard lock(mutex_);
        cache_[name] = {answer->address, Clock::now() + answer->ttl};
        return answer->address;
    }
    return fail("resolving " + name + ": " + why);
}

void Resolver::forget(const std::string& name) {
    const std::lock_guard lock(mutex_);
    cache_.erase(name);
}

std::vector<std::string> Resolver::name_servers() const {
    std::vector<std::string> servers;
    std::ifstream file(options_.resolv_conf);
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string keyword, server;
        if (words >> keyword >> server && keyword == "nameserver" && is_ipv4(server)) {
            servers.push_back(server);
        }
    }
    return servers;
}

Result<std::string> Resolver::from_hosts(const std::string& name) const {
    std::ifstream file(options_.hosts);
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line.substr(0, line.find('#')));
        std::string address, host;
        if (!(words >> address) || !is_ipv4(address)) continue;
        while (words >> host) {
            if (to_lower(host) == to_lower(name)) return address;
        }
    }
    return fail("not listed");
}

Result<DnsAnswer> Resolver::ask(const std::string& server, const std::string& name) const {
    std::uint16_t id = 0;
    if (::getrandom(&id, sizeof id, 0) != sizeof id) return fail("getrandom");
    const auto query = encode_dns_query(id, name);
    if (!query) return std::unexpected(query.error());
    const UdpSocket socket;
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(options_.port);
    ::inet_pton(AF_INET, server.c_str(), &to.sin_addr);
    // Connected: the kernel then drops datagrams that come from anybody else.
    if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) != 0 ||
        ::send(socket.get(), query->data(), query->size(), 0) < 0) {
        return fail(server + ": " + std::strerror(errno));
    }
    const auto deadline = Clock::now() + options_.timeout;
    std::array<char, datagram_max> buffer{};
    for (auto left = options_.timeout; left.count() > 0;
         left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now())) {
        pollfd ready{.fd = socket.get(), .events = POLLIN, .revents = 0};
        if (::poll(&ready, 1, static_cast<int>(left.count())) <= 0) continue;
        const ssize_t size = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
        if (size < 0) return fail(server + ": " + std::strerror(errno));
        const std::string_view reply(buffer.data(), static_cast<std::size_t>(size));
        if (reply.size() >= 2 && reply.substr(0, 2) == query->substr(0, 2)) {
            return decode_dns_reply(id, reply);
        }
    }
    return fail(server + " does not answer");
}

}  // namespace guestbook
