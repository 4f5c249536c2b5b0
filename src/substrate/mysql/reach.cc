#include "substrate/mysql/reach.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <cstring>

#include "base/strings.h"
#include "substrate/netns/enter.h"

namespace stormglass::substrate::mysql {
namespace {

/// The default route's gateway in the process's namespace.
std::string default_gateway(int pid) {
    const auto table = base::read_file(fmt::format("/proc/{}/net/route", pid)).value_or("");
    for (const auto& line : base::split(table, '\n')) {
        const auto fields = base::split(line, '\t');
        if (fields.size() > 2 && fields[1] == "00000000" && fields[2] != "00000000") {
            return fields[2];
        }
    }
    return "";
}

bool same_namespace(int pid, const std::string& path) {
    struct stat own {
    }, wanted{};
    const auto process = fmt::format("/proc/{}/ns/net", pid);
    if (::stat(process.c_str(), &own) != 0) return true;  // It ended: not for us to say.
    return ::stat(path.c_str(), &wanted) == 0 && own.st_ino == wanted.st_ino;
}

std::uint16_t checksum(const icmphdr& header) {
    std::array<std::uint16_t, sizeof(icmphdr) / 2> words{};
    std::memcpy(words.data(), &header, sizeof header);
    std::uint32_t sum = 0;
    for (const auto word : words) sum += word;
    sum = (sum >> 16) + (sum & 0xffff);
    return static_cast<std::uint16_t>(~(sum + (sum >> 16)));
}

base::UniqueFd echo_socket(int pid) {
    base::UniqueFd made;
    (void)netns::run_in_namespace(fmt::format("/proc/{}/ns/net", pid), [&]() -> Result<void> {
        made = base::UniqueFd(
            ::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMP));
        return {};
    });
    return made;
}

}  // namespace

bool Reach::look(int pid, const std::string& network_namespace) {
    if (!same_namespace(pid, network_namespace)) return false;
    if (const auto found = default_gateway(pid); !found.empty()) gateway_ = found;
    if (gateway_.empty()) return true;
    if (!socket_.valid()) socket_ = echo_socket(pid);
    if (!socket_.valid()) return true;
    const bool replied = read_replies() || !asked_;
    send_echo();
    asked_ = true;
    return replied;
}

bool Reach::read_replies() {
    bool any = false;
    std::array<char, 512> packet;
    for (;;) {
        const auto got = ::recv(socket_.get(), packet.data(), packet.size(), 0);
        if (got <= 0) return any;
        const auto header = static_cast<std::size_t>(packet[0] & 0x0f) * 4;
        if (static_cast<std::size_t>(got) < header + sizeof(icmphdr)) continue;
        any = any || packet[header] == ICMP_ECHOREPLY;
    }
}

void Reach::send_echo() {
    icmphdr header{};
    header.type = ICMP_ECHO;
    header.checksum = checksum(header);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    // The table shows the address as the kernel keeps it: in network order.
    to.sin_addr.s_addr = static_cast<in_addr_t>(std::stoul(gateway_, nullptr, 16));
    (void)::sendto(socket_.get(), &header, sizeof header, MSG_DONTWAIT,
                   reinterpret_cast<const sockaddr*>(&to), sizeof to);
}

}  // namespace stormglass::substrate::mysql
