// libnftables in one namespace: loads a whole ruleset as one transaction.
//
// Replacing our table never touches conntrack, so established flows outlive a removed rule.
// Threading: one caller at a time; works from any thread once opened.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"

struct nft_ctx;
struct mnl_socket;

namespace stormglass::substrate::netns {

class Firewall {
public:
    static Result<Firewall> open_in(int namespace_fd);

    /// Makes table `stormglass` exactly `table_text` (the text of "table inet stormglass {...}").
    /// Skipped when that text was the last one loaded and nobody changed the ruleset since.
    Result<void> replace(const std::string& table_text);

private:
    struct Close {
        void operator()(nft_ctx* context) const;
        void operator()(mnl_socket* socket) const;
    };
    /// The kernel's generation number: it changes with every transaction of anyone.
    Result<std::uint32_t> generation();

    std::unique_ptr<nft_ctx, Close> context_;
    std::unique_ptr<mnl_socket, Close> socket_;
    std::string loaded_;
    std::uint32_t loaded_generation_ = 0;
};

}  // namespace stormglass::substrate::netns
