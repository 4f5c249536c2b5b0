// The rtnetlink messages we need, and nothing more.
#include "substrate/netns/netlink.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <thread>

#include "substrate/netns/enter.h"

namespace stormglass::substrate::netns {
namespace {

constexpr std::size_t buffer_bytes = 64 * 1024;
constexpr int dump_attempts_max = 5;  // A dump that a change interrupted is asked for again.
constexpr int live_attempts_max = 200;
constexpr std::chrono::microseconds live_interval{250};
constexpr unsigned doomed_group = 0x5347;  // Links to be deleted together are put in this group.

template <class Header>
const Header* header_of(const nlmsghdr* message) {
    return static_cast<const Header*>(mnl_nlmsg_get_payload(message));
}

/// Calls visit(type, attribute) for each attribute behind the message's fixed header.
template <class Header, class Visit>
void each_attribute(const nlmsghdr* message, Visit visit) {
    const auto one = [](const nlattr* attribute, void* to) -> int {
        (*static_cast<Visit*>(to))(mnl_attr_get_type(attribute), attribute);
        return MNL_CB_OK;
    };
    mnl_attr_parse(message, sizeof(Header), one, &visit);
}

Address address_of(const nlattr* attribute) { return Address{ntohl(mnl_attr_get_u32(attribute))}; }

void put_address(nlmsghdr* message, std::uint16_t type, Address address) {
    mnl_attr_put_u32(message, type, htonl(address.value));
}

int visit_link(const nlmsghdr* message, void* to) {
    const auto* header = header_of<ifinfomsg>(message);
    Link link{header->ifi_index, {}, {}, (header->ifi_flags & IFF_UP) != 0, false};
    each_attribute<ifinfomsg>(message, [&](int type, const nlattr* attribute) {
        if (type == IFLA_IFNAME) link.name = mnl_attr_get_str(attribute);
        if (type == IFLA_IFALIAS) link.alias = mnl_attr_get_str(attribute);
        if (type == IFLA_OPERSTATE) link.live = mnl_attr_get_u8(attribute) == IF_OPER_UP;
    });
    static_cast<std::vector<Link>*>(to)->push_back(std::move(link));
    return MNL_CB_OK;
}

int visit_address(const nlmsghdr* message, void* to) {
    const auto* header = header_of<ifaddrmsg>(message);
    LinkAddress found{static_cast<int>(header->ifa_index), {{}, header->ifa_prefixlen}};
    each_attribute<ifaddrmsg>(message, [&](int type, const nlattr* attribute) {
        if (type == IFA_LOCAL) found.block.address = address_of(attribute);
    });
    static_cast<std::vector<LinkAddress>*>(to)->push_back(found);
    return MNL_CB_OK;
}

int visit_route(const nlmsghdr* message, void* to) {
    const auto* header = header_of<rtmsg>(message);
    if (header->rtm_table != RT_TABLE_MAIN || header->rtm_protocol == RTPROT_KERNEL)
        return MNL_CB_OK;
    Route route{{Address{0}, header->rtm_dst_len}};
    if (header->rtm_type == RTN_BLACKHOLE) route.kind = RouteKind::blackhole;
    if (header->rtm_type == RTN_UNREACHABLE) route.kind = RouteKind::unreachable;
    each_attribute<rtmsg>(message, [&](int type, const nlattr* attribute) {
        if (type == RTA_DST) route.destination.address = address_of(attribute);
        if (type == RTA_OIF) route.link_index = static_cast<int>(mnl_attr_get_u32(attribute));
        if (type == RTA_GATEWAY) route.gateway = address_of(attribute);
        if (type == RTA_PREFSRC) route.source = address_of(attribute);
    });
    static_cast<std::vector<Route>*>(to)->push_back(route);
    return MNL_CB_OK;
}

ifinfomsg* put_link_header(nlmsghdr* message, int index) {
    auto* header = static_cast<ifinfomsg*>(mnl_nlmsg_put_extra_header(message, sizeof(ifinfomsg)));
    header->ifi_index = index;
    return header;
}

Result<void> put_mac(nlmsghdr* message, const std::string& mac) {
    std::array<unsigned char, 6> b{};
    if (std::sscanf(mac.c_str(), "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &b[0], &b[1], &b[2], &b[3], &b[4],
                    &b[5]) != 6)
        return fail(Domain::config, "BadMac", fmt::format("\"{}\" is no MAC address", mac));
    mnl_attr_put(message, IFLA_ADDRESS, b.size(), b.data());
    return {};
}

bool already_so(const Result<void>& outcome, int number) {
    return !outcome && outcome.error().code == std::to_string(number);
}

}  // namespace

void Netlink::Close::operator()(mnl_socket* socket) const { mnl_socket_close(socket); }

Netlink::Netlink(mnl_socket* socket)
    : socket_(socket),
      buffer_(std::make_unique<char[]>(buffer_bytes)),
      port_(mnl_socket_get_portid(socket)) {}

Result<Netlink> Netlink::open() {
    mnl_socket* socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
    if (socket == nullptr) return fail_errno("open rtnetlink");
    if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) == 0) return Netlink(socket);
    auto failure = fail_errno("bind rtnetlink");
    mnl_socket_close(socket);
    return failure;
}

Result<Netlink> Netlink::open_in(int namespace_fd) {
    std::optional<Netlink> opened;
    const auto work = [&]() -> Result<void> {
        opened.emplace(TRY(open()));
        return {};
    };
    TRY(run_in_namespace(namespace_fd, work));
    return std::move(*opened);
}

nlmsghdr* Netlink::begin(int type, int flags) {
    nlmsghdr* message = mnl_nlmsg_put_header(buffer_.get());
    message->nlmsg_type = static_cast<std::uint16_t>(type);
    message->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
    message->nlmsg_seq = ++sequence_;
    return message;
}

Result<void> Netlink::transact(nlmsghdr* message, const std::string& step) {
    message->nlmsg_flags |= NLM_F_ACK;
    return exchange(message, nullptr, nullptr, step);
}

Result<void> Netlink::exchange(nlmsghdr* message, int (*visit)(const nlmsghdr*, void*), void* to,
                               const std::string& step) {
    if (mnl_socket_sendto(socket_.get(), message, message->nlmsg_len) < 0)
        return fail_errno(step + ": send");
    const auto received = mnl_socket_recvfrom(socket_.get(), buffer_.get(), buffer_bytes);
    if (received < 0) return fail_errno(step + ": receive");
    if (mnl_cb_run(buffer_.get(), static_cast<std::size_t>(received), sequence_, port_, visit, to) <
        0)
        return fail_errno(step);
    return {};
}

Result<void> Netlink::dump(nlmsghdr* message, int (*visit)(const nlmsghdr*, void*), void* to) {
    if (mnl_socket_sendto(socket_.get(), message, message->nlmsg_len) < 0)
        return fail_errno("dump: send");
    bool interrupted = false;
    for (int state = MNL_CB_OK; state > MNL_CB_STOP;) {
        const auto received = mnl_socket_recvfrom(socket_.get(), buffer_.get(), buffer_bytes);
        if (received < 0) return fail_errno("dump: receive");
        state = mnl_cb_run(buffer_.get(), static_cast<std::size_t>(received), sequence_, port_,
                           visit, to);
        if (state < 0 && errno != EINTR) return fail_errno("dump");
        // The rest of an interrupted dump must still be read off the socket.
        if (state < 0) interrupted = true;
        if (state < 0) state = MNL_CB_OK;
    }
    errno = EINTR;
    if (interrupted) return fail_errno("dump");
    return {};
}

Result<std::vector<Link>> Netlink::links() {
    for (int attempt = 1;; ++attempt) {
        std::vector<Link> found;
        nlmsghdr* message = begin(RTM_GETLINK, NLM_F_DUMP);
        put_link_header(message, 0);
        mnl_attr_put_u32(message, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
        const auto outcome = dump(message, visit_link, &found);
        if (outcome) return found;
        if (!already_so(outcome, EINTR) || attempt == dump_attempts_max)
            return Unexpected(outcome.error());
    }
}

Result<std::optional<Link>> Netlink::link(const std::string& name) {
    nlmsghdr* message = begin(RTM_GETLINK, 0);
    put_link_header(message, 0);
    mnl_attr_put_strz(message, IFLA_IFNAME, name.c_str());
    std::vector<Link> found;
    const auto outcome = exchange(message, visit_link, &found, "find link " + name);
    if (already_so(outcome, ENODEV)) return std::optional<Link>();
    TRY(Result<void>(outcome));
    return found.empty() ? std::optional<Link>() : std::move(found.front());
}

Result<std::vector<LinkAddress>> Netlink::addresses() {
    for (int attempt = 1;; ++attempt) {
        std::vector<LinkAddress> found;
        nlmsghdr* message = begin(RTM_GETADDR, NLM_F_DUMP);
        auto* header =
            static_cast<ifaddrmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(ifaddrmsg)));
        header->ifa_family = AF_INET;
        const auto outcome = dump(message, visit_address, &found);
        if (outcome) return found;
        if (!already_so(outcome, EINTR) || attempt == dump_attempts_max)
            return Unexpected(outcome.error());
    }
}

Result<std::vector<Route>> Netlink::routes() {
    for (int attempt = 1;; ++attempt) {
        std::vector<Route> found;
        nlmsghdr* message = begin(RTM_GETROUTE, NLM_F_DUMP);
        auto* header = static_cast<rtmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(rtmsg)));
        header->rtm_family = AF_INET;
        const auto outcome = dump(message, visit_route, &found);
        if (outcome) return found;
        if (!already_so(outcome, EINTR) || attempt == dump_attempts_max)
            return Unexpected(outcome.error());
    }
}

Result<void> Netlink::create_veth(const VethRequest& request) {
    nlmsghdr* message = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
    put_link_header(message, 0);
    mnl_attr_put_strz(message, IFLA_IFNAME, request.name.c_str());
    mnl_attr_put_u32(message, IFLA_MTU, static_cast<std::uint32_t>(request.mtu));
    nlattr* information = mnl_attr_nest_start(message, IFLA_LINKINFO);
    mnl_attr_put_strz(message, IFLA_INFO_KIND, "veth");
    nlattr* data = mnl_attr_nest_start(message, IFLA_INFO_DATA);
    nlattr* peer = mnl_attr_nest_start(message, VETH_INFO_PEER);
    put_link_header(message, 0);
    mnl_attr_put_strz(message, IFLA_IFNAME, request.peer_name.c_str());
    mnl_attr_put_u32(message, IFLA_MTU, static_cast<std::uint32_t>(request.mtu));
    mnl_attr_put_u32(message, IFLA_NET_NS_FD,
                     static_cast<std::uint32_t>(request.peer_namespace_fd));
    if (!request.peer_mac.empty()) TRY(put_mac(message, request.peer_mac));
    mnl_attr_nest_end(message, peer);
    mnl_attr_nest_end(message, data);
    mnl_attr_nest_end(message, information);
    return transact(message, fmt::format("create veth {} - {}", request.name, request.peer_name));
}

Result<void> Netlink::set_up(int link_index) {
    nlmsghdr* message = begin(RTM_NEWLINK, 0);
    ifinfomsg* header = put_link_header(message, link_index);
    header->ifi_flags = header->ifi_change = IFF_UP;
    return transact(message, fmt::format("set link {} up", link_index));
}

Result<void> Netlink::set_up_with_alias(int link_index, const std::string& alias) {
    nlmsghdr* message = begin(RTM_NEWLINK, 0);
    ifinfomsg* header = put_link_header(message, link_index);
    header->ifi_flags = header->ifi_change = IFF_UP;
    mnl_attr_put_str(message, IFLA_IFALIAS, alias.c_str());
    return transact(message, fmt::format("set link {} up as \"{}\"", link_index, alias));
}

Result<void> Netlink::wait_until_live(const std::string& name) {
    for (int attempt = 0; attempt < live_attempts_max; ++attempt) {
        const auto found = TRY(link(name));
        if (!found || found->live) return {};
        std::this_thread::sleep_for(live_interval);
    }
    return {};
}

Result<void> Netlink::answer_proxy_arp_at_once(int link_index) {
    nlmsghdr* message = begin(RTM_SETNEIGHTBL, 0);
    auto* header = static_cast<ndtmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(ndtmsg)));
    header->ndtm_family = AF_INET;
    mnl_attr_put_strz(message, NDTA_NAME, "arp_cache");
    nlattr* parameters = mnl_attr_nest_start(message, NDTA_PARMS);
    mnl_attr_put_u32(message, NDTPA_IFINDEX, static_cast<std::uint32_t>(link_index));
    mnl_attr_put_u64(message, NDTPA_PROXY_DELAY, 0);
    mnl_attr_nest_end(message, parameters);
    return transact(message, fmt::format("set proxy delay of link {}", link_index));
}

Result<void> Netlink::delete_links(const std::vector<int>& link_indexes) {
    bool any = false;
    for (const int index : link_indexes) {
        nlmsghdr* message = begin(RTM_NEWLINK, 0);
        put_link_header(message, index);
        mnl_attr_put_u32(message, IFLA_GROUP, doomed_group);
        const auto outcome = transact(message, fmt::format("mark link {}", index));
        if (already_so(outcome, ENODEV)) continue;
        TRY(Result<void>(outcome));
        any = true;
    }
    if (!any) return {};
    nlmsghdr* message = begin(RTM_DELLINK, 0);
    put_link_header(message, 0);
    mnl_attr_put_u32(message, IFLA_GROUP, doomed_group);
    const auto outcome = transact(message, "delete links");
    return already_so(outcome, ENODEV) ? Result<void>{} : outcome;
}

Result<void> Netlink::add_address(const LinkAddress& address) {
    nlmsghdr* message = begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
    auto* header = static_cast<ifaddrmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(ifaddrmsg)));
    header->ifa_family = AF_INET;
    header->ifa_prefixlen = static_cast<std::uint8_t>(address.block.prefix);
    header->ifa_index = static_cast<std::uint32_t>(address.link_index);
    put_address(message, IFA_LOCAL, address.block.address);
    put_address(message, IFA_ADDRESS, address.block.address);
    const auto outcome = transact(message, "add address " + to_string(address.block));
    return already_so(outcome, EEXIST) ? Result<void>{} : outcome;
}

Result<void> Netlink::delete_address(const LinkAddress& address) {
    nlmsghdr* message = begin(RTM_DELADDR, 0);
    auto* header = static_cast<ifaddrmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(ifaddrmsg)));
    header->ifa_family = AF_INET;
    header->ifa_prefixlen = static_cast<std::uint8_t>(address.block.prefix);
    header->ifa_index = static_cast<std::uint32_t>(address.link_index);
    put_address(message, IFA_LOCAL, address.block.address);
    const auto outcome = transact(message, "delete address " + to_string(address.block));
    return already_so(outcome, EADDRNOTAVAIL) ? Result<void>{} : outcome;
}

Result<void> Netlink::change_route(const Route& route, int type, int flags,
                                   const std::string& step) {
    nlmsghdr* message = begin(type, flags);
    auto* header = static_cast<rtmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(rtmsg)));
    header->rtm_family = AF_INET;
    header->rtm_dst_len = static_cast<std::uint8_t>(route.destination.prefix);
    header->rtm_table = RT_TABLE_MAIN;
    header->rtm_protocol = RTPROT_STATIC;
    const bool leads_on_link = route.kind == RouteKind::unicast && !route.gateway;
    header->rtm_scope = leads_on_link ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
    header->rtm_type = route.kind == RouteKind::unicast     ? RTN_UNICAST
                       : route.kind == RouteKind::blackhole ? RTN_BLACKHOLE
                                                            : RTN_UNREACHABLE;
    if (route.destination.prefix > 0) put_address(message, RTA_DST, route.destination.address);
    if (route.gateway) {
        header->rtm_flags = RTNH_F_ONLINK;
        put_address(message, RTA_GATEWAY, *route.gateway);
    }
    if (route.source) put_address(message, RTA_PREFSRC, *route.source);
    if (route.link_index != 0)
        mnl_attr_put_u32(message, RTA_OIF, static_cast<std::uint32_t>(route.link_index));
    return transact(message, step + to_string(route.destination));
}

Result<void> Netlink::add_route(const Route& route) {
    return change_route(route, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, "add route ");
}

Result<void> Netlink::delete_route(const Route& route) {
    const auto outcome = change_route(route, RTM_DELROUTE, 0, "delete route ");
    return already_so(outcome, ESRCH) ? Result<void>{} : outcome;
}

}  // namespace stormglass::substrate::netns
