// libnftables in one namespace: brings our table to what is wanted, as one transaction.
//
// This never touches conntrack, so established flows outlive a removed rule.
// Threading: one caller at a time; works from any thread once opened.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "substrate/netns/table.h"

struct nft_ctx;
struct mnl_socket;

namespace stormglass::substrate::netns {

class Firewall {
public:
    static Result<Firewall> open_in(int namespace_fd);

    /// Makes our table exactly `wanted`: by difference to what we loaded last, or anew when anyone
    /// else changed any rule of the namespace since.
    Result<void> replace(const Table& wanted);
    /// The whole ruleset as the kernel has it, for tests and diagnosis.
    Result<std::string> listing();

private:
    struct Close {
        void operator()(nft_ctx* context) const;
        void operator()(mnl_socket* socket) const;
    };
    /// The kernel's generation number: it changes with every transaction of anyone.
    Result<std::uint32_t> generation();

    std::unique_ptr<nft_ctx, Close> context_;
    std::unique_ptr<mnl_socket, Close> socket_;
    Result<void> run(const std::string& commands);

    std::optional<Table> loaded_;
    std::uint32_t loaded_generation_ = 0;
};

}  // namespace stormglass::substrate::netns
