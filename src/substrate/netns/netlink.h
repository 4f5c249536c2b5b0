// rtnetlink in one namespace: links, addresses and routes as values, over libmnl.
//
// A socket belongs to the namespace it was opened in, so an object made on a thread inside a
// namespace works from any thread afterwards. Threading: one caller at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "substrate/netns/ipv4.h"

struct mnl_socket;
struct nlmsghdr;

namespace stormglass::substrate::netns {

/// The loopback interface always has this index.
inline constexpr int loopback_index = 1;

struct Link {
    int index = 0;
    std::string name;
    std::string alias;  // We keep what the link is for here: see LinkStamp.
    bool up = false;
    bool live = false;  // Can send: up, and the kernel has finished bringing it up.
};

struct LinkAddress {
    int link_index = 0;
    Block block;
    auto operator<=>(const LinkAddress&) const = default;
};

enum class RouteKind { unicast, blackhole, unreachable };
struct Route {
    Block destination{Address{0}, 0};
    RouteKind kind = RouteKind::unicast;
    int link_index = 0;              // 0 for blackhole and unreachable.
    std::optional<Address> gateway;  // Taken as on-link.
    std::optional<Address> source;   // Preferred source address.
    auto operator<=>(const Route&) const = default;
};

struct VethRequest {
    std::string name;
    std::string peer_name;
    int peer_namespace_fd = -1;
    std::string peer_mac;  // Empty: the kernel picks.
    int mtu = 0;
};

class Netlink {
public:
    /// In the calling thread's namespace.
    static Result<Netlink> open();
    /// In the namespace of `namespace_fd`.
    static Result<Netlink> open_in(int namespace_fd);

    Result<std::vector<Link>> links();
    Result<std::optional<Link>> link(const std::string& name);
    /// IPv4 addresses of all links.
    Result<std::vector<LinkAddress>> addresses();
    /// IPv4 routes of the main table that we or an administrator made (not the kernel's own).
    Result<std::vector<Route>> routes();

    /// Both ends down. (IFF_UP on the peer in the same message is refused by the kernel.)
    Result<void> create_veth(const VethRequest& request);
    Result<void> set_up(int link_index);
    /// Up and stamped in one message.
    Result<void> set_up_with_alias(int link_index, const std::string& alias);
    /// A veth's first end to come up is made able to send by the kernel in the background, after
    /// the second one; what is sent before is lost, and sent again a second later. Waits for that,
    /// but not long: it is a courtesy to the first packet. (Since Linux 6.14 asking makes it
    /// happen.)
    Result<void> wait_until_live(const std::string& name);
    /// Proxied ARP requests are answered without the kernel's random delay of up to 0.8 s. (New
    /// links do not inherit this one: the defaults are the first namespace's.)
    Result<void> answer_proxy_arp_at_once(int link_index);
    /// Absent is fine. All in one grace period of the kernel.
    Result<void> delete_links(const std::vector<int>& link_indexes);
    /// Present, absent are fine.
    Result<void> add_address(const LinkAddress& address);
    Result<void> delete_address(const LinkAddress& address);
    /// Replaces a route to the same destination.
    Result<void> add_route(const Route& route);
    Result<void> delete_route(const Route& route);

private:
    struct Close {
        void operator()(mnl_socket* socket) const;
    };
    explicit Netlink(mnl_socket* socket);
    nlmsghdr* begin(int type, int flags);
    /// Sends, and waits for the kernel's acknowledgement.
    Result<void> transact(nlmsghdr* message, const std::string& step);
    /// Sends, and shows the one answer to `visit`.
    Result<void> exchange(nlmsghdr* message, int (*visit)(const nlmsghdr*, void*), void* to,
                          const std::string& step);
    Result<void> dump(nlmsghdr* message, int (*visit)(const nlmsghdr*, void*), void* to);
    Result<void> change_route(const Route& route, int type, int flags, const std::string& step);

    std::unique_ptr<mnl_socket, Close> socket_;
    std::unique_ptr<char[]> buffer_;
    unsigned port_ = 0;
    unsigned sequence_ = 0;
};

}  // namespace stormglass::substrate::netns
