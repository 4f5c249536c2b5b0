// One transaction per change, through libnftables.
#include "substrate/netns/firewall.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <nftables/libnftables.h>

#include <cerrno>

#include "substrate/netns/enter.h"

namespace stormglass::substrate::netns {
namespace {

constexpr std::size_t reply_bytes = 8 * 1024;

int visit_attribute(const nlattr* attribute, void* to) {
    if (mnl_attr_get_type(attribute) == NFTA_GEN_ID)
        *static_cast<std::uint32_t*>(to) = ntohl(mnl_attr_get_u32(attribute));
    return MNL_CB_OK;
}

int visit_generation(const nlmsghdr* message, void* to) {
    return mnl_attr_parse(message, sizeof(nfgenmsg), visit_attribute, to);
}

}  // namespace

void Firewall::Close::operator()(nft_ctx* context) const { nft_ctx_free(context); }
void Firewall::Close::operator()(mnl_socket* socket) const { mnl_socket_close(socket); }

Result<Firewall> Firewall::open_in(int namespace_fd) {
    Firewall made;
    const auto work = [&]() -> Result<void> {
        made.context_.reset(nft_ctx_new(NFT_CTX_DEFAULT));
        if (!made.context_) return fail(Domain::system, "NoNftables", "nft_ctx_new failed");
        made.socket_.reset(mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC));
        if (!made.socket_ || mnl_socket_bind(made.socket_.get(), 0, MNL_SOCKET_AUTOPID) != 0)
            return fail_errno("open nfnetlink");
        return {};
    };
    TRY(run_in_namespace(namespace_fd, work));
    nft_ctx_buffer_error(made.context_.get());
    nft_ctx_buffer_output(made.context_.get());
    return made;
}

Result<std::uint32_t> Firewall::generation() {
    char buffer[reply_bytes];
    nlmsghdr* message = mnl_nlmsg_put_header(buffer);
    message->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETGEN;
    message->nlmsg_flags = NLM_F_REQUEST;
    mnl_nlmsg_put_extra_header(message, sizeof(nfgenmsg));
    if (mnl_socket_sendto(socket_.get(), message, message->nlmsg_len) < 0)
        return fail_errno("ask nftables generation");
    const auto received = mnl_socket_recvfrom(socket_.get(), buffer, sizeof buffer);
    std::uint32_t found = 0;
    if (received < 0 ||
        mnl_cb_run(buffer, static_cast<std::size_t>(received), 0, 0, visit_generation, &found) < 0)
        return fail_errno("read nftables generation");
    return found;
}

Result<void> Firewall::run(const std::string& commands) {
    if (nft_run_cmd_from_buffer(context_.get(), commands.c_str()) == 0) return {};
    return fail(Domain::system, "NftablesRefused",
                std::string("nftables: ") + nft_ctx_get_error_buffer(context_.get()));
}

Result<void> Firewall::replace(const Table& wanted) {
    const bool known = loaded_ && TRY(generation()) == loaded_generation_;
    if (known && *loaded_ == wanted) return {};
    const std::string commands = known ? changing_text(*loaded_, wanted) : replacing_text(wanted);
    loaded_.reset();
    TRY(run(commands));
    loaded_generation_ = TRY(generation());
    loaded_ = wanted;
    return {};
}

Result<std::string> Firewall::listing() {
    TRY(run("list ruleset"));
    return std::string(nft_ctx_get_output_buffer(context_.get()));
}

}  // namespace stormglass::substrate::netns
