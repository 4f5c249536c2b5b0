// ctnetlink: dump the flows, delete those that match by their original tuple.
#include "substrate/netns/conntrack.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "substrate/netns/enter.h"

namespace stormglass::substrate::netns {
namespace {

constexpr std::size_t buffer_bytes = 64 * 1024;

struct CloseSocket {
    void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
};
using Socket = std::unique_ptr<mnl_socket, CloseSocket>;

/// What identifies a flow to the kernel: the payload of its CTA_TUPLE_ORIG.
using FlowKey = std::string;

struct Search {
    const std::set<Address>& addresses;
    std::vector<FlowKey> found;
};
struct Flow {
    const std::set<Address>& addresses;
    FlowKey key;
    bool matches = false;
};

int visit_address(const nlattr* attribute, void* to) {
    const int type = mnl_attr_get_type(attribute);
    auto* flow = static_cast<Flow*>(to);
    if ((type == CTA_IP_V4_SRC || type == CTA_IP_V4_DST) &&
        flow->addresses.contains(Address{ntohl(mnl_attr_get_u32(attribute))}))
        flow->matches = true;
    return MNL_CB_OK;
}

int visit_tuple(const nlattr* attribute, void* to) {
    if (mnl_attr_get_type(attribute) != CTA_TUPLE_IP) return MNL_CB_OK;
    return mnl_attr_parse_nested(attribute, visit_address, to);
}

int visit_flow_part(const nlattr* attribute, void* to) {
    const int type = mnl_attr_get_type(attribute);
    auto* flow = static_cast<Flow*>(to);
    if (type == CTA_TUPLE_ORIG)
        flow->key.assign(static_cast<const char*>(mnl_attr_get_payload(attribute)),
                         mnl_attr_get_payload_len(attribute));
    if (type == CTA_TUPLE_ORIG || type == CTA_TUPLE_REPLY)
        return mnl_attr_parse_nested(attribute, visit_tuple, to);
    return MNL_CB_OK;
}

int visit_flow(const nlmsghdr* message, void* to) {
    auto* search = static_cast<Search*>(to);
    Flow flow{search->addresses, {}};
    const int outcome = mnl_attr_parse(message, sizeof(nfgenmsg), visit_flow_part, &flow);
    if (flow.matches) search->found.push_back(std::move(flow.key));
    return outcome;
}

nlmsghdr* begin(char* buffer, int type, int flags) {
    nlmsghdr* message = mnl_nlmsg_put_header(buffer);
    message->nlmsg_type = static_cast<std::uint16_t>(NFNL_SUBSYS_CTNETLINK << 8 | type);
    message->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
    auto* header = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(nfgenmsg)));
    header->nfgen_family = AF_INET;
    return message;
}

Result<Socket> open_socket(int namespace_fd) {
    Socket socket;
    const auto work = [&]() -> Result<void> {
        socket.reset(mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC));
        if (!socket || mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) != 0)
            return fail_errno("open ctnetlink");
        return {};
    };
    TRY(run_in_namespace(namespace_fd, work));
    return socket;
}

Result<void> find(mnl_socket* socket, char* buffer, Search& search) {
    nlmsghdr* message = begin(buffer, IPCTNL_MSG_CT_GET, NLM_F_DUMP);
    if (mnl_socket_sendto(socket, message, message->nlmsg_len) < 0) return fail_errno("dump flows");
    for (int state = MNL_CB_OK; state > MNL_CB_STOP;) {
        const auto received = mnl_socket_recvfrom(socket, buffer, buffer_bytes);
        if (received < 0) return fail_errno("receive flows");
        state = mnl_cb_run(buffer, static_cast<std::size_t>(received), 0, 0, visit_flow, &search);
        if (state < 0) return fail_errno("read flows");
    }
    return {};
}

Result<void> forget(mnl_socket* socket, char* buffer, const FlowKey& key) {
    nlmsghdr* message = begin(buffer, IPCTNL_MSG_CT_DELETE, NLM_F_ACK);
    mnl_attr_put(message, NLA_F_NESTED | CTA_TUPLE_ORIG, key.size(), key.data());
    if (mnl_socket_sendto(socket, message, message->nlmsg_len) < 0)
        return fail_errno("delete flow");
    const auto received = mnl_socket_recvfrom(socket, buffer, buffer_bytes);
    if (received < 0) return fail_errno("delete flow: receive");
    if (mnl_cb_run(buffer, static_cast<std::size_t>(received), 0, 0, nullptr, nullptr) < 0 &&
        errno != ENOENT)
        return fail_errno("delete flow");
    return {};
}

}  // namespace

Result<void> forget_flows(int namespace_fd, const std::set<Address>& addresses) {
    if (addresses.empty()) return {};
    const Socket socket = TRY(open_socket(namespace_fd));
    const auto buffer = std::make_unique<char[]>(buffer_bytes);
    Search search{addresses, {}};
    TRY(find(socket.get(), buffer.get(), search));
    for (const FlowKey& key : search.found) TRY(forget(socket.get(), buffer.get(), key));
    return {};
}

}  // namespace stormglass::substrate::netns
