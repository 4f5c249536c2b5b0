// A client that keeps the reference architecture as it wants it, as Terraform would: it looks, and
// makes the one call that brings it nearer. It may die with the daemon at any call and look again.
// What it was told is there must be there: it complains of anything acknowledged that is lost.
#pragma once

#include <map>
#include <set>
#include <string>

#include "world.h"

namespace stormglass::sim {

enum class Progress { done, changed, waiting };

/// The parts that come and go. Everything else exists while `network` does.
struct Wanted {
    bool network = true, balancer = true, group = true, database = true, multi_az = true;
    std::size_t desired = 2;
    std::set<std::string> ports{"8080"};  // Open in the web group.
    std::string password = "Corr3ct-Horse-0";
};

class Stack {
public:
    explicit Stack(World& world) : world_(world) {}

    /// One call nearer to what is wanted; `waiting`: for something that is under way, such as a
    /// step of its own that something else came in the middle of.
    Progress step();
    /// Another wish, at random; not of `network`.
    void change_mind();
    /// After a crash: nothing is taken for granted but what was acknowledged.
    void doubt() { verified_.clear(); }
    void want_nothing();

    std::string id(const std::string& name) const;
    const std::string& last_refusal() const { return last_refusal_; }

    Wanted wanted;

private:
    struct Named {
        std::string name, type, describe, path, create, create_path;
    };
    Answer ask(const std::string& service, const std::string& action, const Params& params);
    /// A call that changes something.
    Progress act(const std::string& service, const std::string& action, const Params& params);
    /// As act(), of something that is then known by the id at `path`.
    Progress make(const std::string& name, const std::string& service, const std::string& action,
                  const Params& params, const char* path);
    /// The same of something that is then not known any more.
    Progress unmake(const std::string& name, const std::string& service, const std::string& action,
                    const Params& params);
    /// Notes what a look found; complains when what was acknowledged is not there. True: it is.
    bool found(const std::string& name, const std::string& id);
    Progress tagged(const Named& part, Params params);

    Progress look_and_act();

    // stack_network.cc
    Progress keep_network();
    Progress keep_vpc();
    Progress keep_gateway();
    Progress keep_subnets();
    Progress keep_routes();
    Progress keep_groups();
    Progress keep_ports();
    Progress remove_network();
    Progress remove_instances();

    // stack_services.cc
    Progress keep_role();
    Progress keep_template();
    Progress keep_target_group();
    Progress keep_balancer();
    Progress remove_balancer();
    Progress remove_target_group();
    Progress keep_group();
    Progress remove_group();
    Progress keep_database();
    Progress create_database();
    Progress remove_database();

    World& world_;
    std::map<std::string, std::string> known_;  // Acknowledged, by our name for it: its id.
    std::set<std::string> verified_;            // Looked at since the last doubt.
    std::string last_refusal_;
    bool stepping_ = false;
};

}  // namespace stormglass::sim
