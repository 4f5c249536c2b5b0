// What one more network interface costs in a VPC that already has many. Needs root.
// usage: eni_bench [interfaces there, default 100]
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "substrate/netns/network_linux.h"

namespace {

using namespace stormglass;             // NOLINT: a small program.
using namespace stormglass::substrate;  // NOLINT

constexpr int rounds = 30;

double milliseconds_of(const std::function<Result<void>()>& work) {
    const auto begin = std::chrono::steady_clock::now();
    const auto outcome = work();
    if (!outcome) std::fprintf(stderr, "%s\n", outcome.error().message.c_str());
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
        .count();
}

void print(const char* what, std::vector<double> times) {
    std::sort(times.begin(), times.end());
    std::printf("%-42s median %7.2f ms   best %7.2f   worst %7.2f\n", what, times[times.size() / 2],
                times.front(), times.back());
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
    print("start()", {milliseconds_of([&] { return network->start(); })});
    print("apply() of an empty VPC", {milliseconds_of([&] { return network->apply(vpc); })});
    for (int number = 0; number < present; ++number) add_interface(vpc, number);
    std::printf("%d interfaces there:\n", present);
    print("apply() of all of them at once", {milliseconds_of([&] { return network->apply(vpc); })});
    // Adding comes first: the kernel takes removed namespaces down in the background, under the
    // lock that every other change needs too.
    std::vector<double> adding, removing, nothing, rules;
    for (int round = 0; round < rounds; ++round) {
        add_interface(vpc, present + round);
        adding.push_back(milliseconds_of([&] { return network->apply(vpc); }));
        nothing.push_back(milliseconds_of([&] { return network->apply(vpc); }));
        vpc.groups[1].ingress[0].from_port = 8080 - round - 1;
        rules.push_back(milliseconds_of([&] { return network->apply(vpc); }));
    }
    for (int round = 0; round < rounds; ++round) {
        vpc.interfaces.pop_back();
        removing.push_back(milliseconds_of([&] { return network->apply(vpc); }));
    }
    print("apply() with one interface more", adding);
    print("apply() with one interface less", removing);
    print("apply() with one rule changed", rules);
    print("apply() with nothing changed", nothing);
    print("remove_vpc()", {milliseconds_of([&] { return network->remove_vpc(vpc.id); })});
    print("remove_everything()", {milliseconds_of([&] { return network->remove_everything(); })});
    rmdir(folder);
}
