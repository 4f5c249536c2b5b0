// The files that keep our network namespaces alive: bind mounts on a tmpfs of our own, private so
// that they propagate nowhere, under the realm's run_dir and never under the host's /run/netns.
//
//   ROOT/internet  ROOT/backplane  ROOT/vpc/VPC-ID  ROOT/at/ATTACHMENT
//   ROOT/members/VPC-ID/ATTACHMENT   empty files: which attachments a VPC must clean up
//
// A file is bound only after the namespace's settings are in place: what is bound is complete.
// Threading: the caller serialises.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace stormglass::substrate::netns {

class NamespaceStore {
public:
    explicit NamespaceStore(std::string root) : root_(std::move(root)) {}

    /// Mounts the private tmpfs and makes the folders; nothing if they are there.
    Result<void> prepare();

    std::string internet() const { return root_ + "/internet"; }
    std::string backplane() const { return root_ + "/backplane"; }
    std::string router(const std::string& vpc_id) const { return root_ + "/vpc/" + vpc_id; }
    std::string attachment(const std::string& name) const { return root_ + "/at/" + name; }

    struct Opened {
        base::UniqueFd fd;
        bool created = false;  // It was not there: nothing that pointed into it is of use any more.
    };
    /// Opens the namespace at `path`; makes it first, running `settings` inside, if need be.
    Result<Opened> open_or_create(const std::string& path,
                                  const std::function<Result<void>()>& settings);
    /// Whether a live namespace is bound at `path`.
    static bool exists(const std::string& path);
    /// Unbinds and deletes; absent is fine.
    static Result<void> remove(const std::string& path);

    Result<void> add_member(const std::string& vpc_id, const std::string& attachment);
    Result<void> remove_member(const std::string& vpc_id, const std::string& attachment);
    Result<void> forget_members(const std::string& vpc_id);
    std::vector<std::string> members(const std::string& vpc_id) const;
    /// VPC ids with a live router namespace.
    std::vector<std::string> routers() const;

    /// Detaches the tmpfs with everything bound on it and deletes the folder.
    Result<void> remove_everything();

private:
    bool mounted() const;

    std::string root_;
};

}  // namespace stormglass::substrate::netns
