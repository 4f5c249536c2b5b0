// What one more network interface costs in a VPC that already has many. Needs root.
// usage: eni_bench [interfaces there, default 100]
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "substrate/netns/network_linux.h"

namespace {

using namespace stormglass;             // NOLINT: a small program.
using namespace stormglass::substrate;  // NOLINT

constexpr int rounds = 30;

struct Cost {
    double wall_ms, cpu_ms;
};

double cpu_ms_so_far() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto ms = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_usec) / 1e3;
    };
    return ms(used.ru_utime) + ms(used.ru_stime);
}

Cost cost_of(const std::function<Result<void>()>& work) {
    const double cpu = cpu_ms_so_far();
    const auto begin = std::chrono::steady_clock::now();
    const auto outcome = work();
    const std::chrono::duration<double, std::milli> wall = std::chrono::steady_clock::now() - begin;
    if (!outcome) std::fprintf(stderr, "%s\n", outcome.error().message.c_str());
    return {wall.count(), cpu_ms_so_far() - cpu};
}

void print(const char* what, std::vector<Cost> costs) {
    const auto median = [&](double Cost::*which) {
        std::sort(costs.begin(), costs.end(),
                  [&](const Cost& a, const Cost& b) { return a.*which < b.*which; });
        return costs[costs.size() / 2].*which;
    };
    const double wall = median(&Cost::wall_ms);
    const double best = costs.front().wall_ms;
    std::printf("%-42s wall: median %7.2f ms, best %7.2f   cpu: median %7.2f ms\n", what, wall,
                best, median(&Cost::cpu_ms));
}

VpcSpec empty_vpc() {
    VpcSpec vpc;
    vpc.id = "vpc-bench";
    vpc.cidrs = {"10.0.0.0/16"};
    vpc.has_internet_gateway = true;
    const AclEntry all{100, true, "-1", "0.0.0.0/0"};
    vpc.acls = {{"acl-1", {all}, {all}}};
    vpc.subnets = {{"subnet-1",
                    "10.0.0.0/20",
                    "us-east-1a",
                    "acl-1",
                    {{"0.0.0.0/0", RouteTarget::internet_gateway, "igw-1"}}}};
    const GroupRule any{"-1", -1, -1, "0.0.0.0/0", ""};
    vpc.groups = {
        {"sg-lb", {{"tcp", 80, 80, "0.0.0.0/0", ""}, {"tcp", 443, 443, "0.0.0.0/0", ""}}, {any}},
        {"sg-web", {{"tcp", 8080, 8080, "", "sg-lb"}}, {any}},
        {"sg-db", {{"tcp", 3306, 3306, "", "sg-web"}}, {}}};
    return vpc;
}

void add_interface(VpcSpec& vpc, int number) {
    char mac[18];
    std::snprintf(mac, sizeof mac, "02:00:00:00:%02x:%02x", number / 256, number % 256);
    InterfaceSpec made;
    made.id = "eni-" + std::to_string(number);
    made.attachment = "i-" + std::to_string(number);
    made.subnet_id = "subnet-1";
    made.address = "10.0." + std::to_string(number / 200) + "." + std::to_string(10 + number % 200);
    made.mac = mac;
    made.public_address =
        "203.0." + std::to_string(113 + number / 200) + "." + std::to_string(1 + number % 200);
    made.group_ids = {"sg-web"};
    vpc.interfaces.push_back(made);
}

}  // namespace

int main(int count, char** arguments) {
    const int present = count > 1 ? std::atoi(arguments[1]) : 100;
    char folder[] = "/tmp/stormglass-bench-XXXXXX";
    Realm realm;
    realm.run_dir = mkdtemp(folder);
    const auto network = netns::make_linux_network(realm);
    auto vpc = empty_vpc();
    print("start()", {cost_of([&] { return network->start(); })});
    print("apply() of an empty VPC", {cost_of([&] { return network->apply(vpc); })});
    for (int number = 0; number < present; ++number) add_interface(vpc, number);
    std::printf("%d interfaces there:\n", present);
    print("apply() of all of them at once", {cost_of([&] { return network->apply(vpc); })});
    // Adding comes first: the kernel takes removed namespaces down in the background, under the
    // lock that every other change needs too.
    std::vector<Cost> adding, removing, nothing, rules;
    for (int round = 0; round < rounds; ++round) {
        add_interface(vpc, present + round);
        adding.push_back(cost_of([&] { return network->apply(vpc); }));
        nothing.push_back(cost_of([&] { return network->apply(vpc); }));
        vpc.groups[1].ingress[0].from_port = 8080 - round - 1;
        rules.push_back(cost_of([&] { return network->apply(vpc); }));
    }
    for (int round = 0; round < rounds; ++round) {
        vpc.interfaces.pop_back();
        removing.push_back(cost_of([&] { return network->apply(vpc); }));
    }
    print("apply() with one interface more", adding);
    print("apply() with one interface less", removing);
    print("apply() with one rule changed", rules);
    print("apply() with nothing changed", nothing);
    print("remove_vpc()", {cost_of([&] { return network->remove_vpc(vpc.id); })});
    print("remove_everything()", {cost_of([&] { return network->remove_everything(); })});
    rmdir(folder);
}
