// A table changed step by step must end as the same table loaded at once.
#include "substrate/netns/table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <sstream>

#include "substrate/netns/ruleset.h"
#include "substrate/netns/test_world.h"

namespace stormglass::substrate::netns::testing {
namespace {

/// The kernel lists a set's elements in no particular order.
std::string normalised(const std::string& listing) {
    std::string out;
    std::istringstream lines(listing);
    std::vector<std::string> chunks;
    for (std::string line; std::getline(lines, line);) out += line + '\n';
    for (std::size_t at = out.find("elements = {"); at != std::string::npos;
         at = out.find("elements = {", at + 1)) {
        const auto end = out.find('}', at);
        std::istringstream parts(out.substr(at + 12, end - at - 12));
        std::vector<std::string> elements;
        for (std::string each; std::getline(parts, each, ',');) {
            std::erase_if(each, [](char c) { return c == ' ' || c == '\n' || c == '\t'; });
            elements.push_back(each);
        }
        std::sort(elements.begin(), elements.end());
        std::string sorted;
        for (const auto& each : elements) sorted += each + ',';
        out.replace(at + 12, end - at - 12, sorted);
    }
    return out;
}

/// Blocks of the listing, sorted: the kernel lists chains in the order in which they were made.
std::string sorted_blocks(const std::string& listing) {
    std::vector<std::string> blocks(1);
    std::istringstream lines(listing);
    for (std::string line; std::getline(lines, line);) {
        blocks.back() += line + '\n';
        if (line == "\t}") blocks.emplace_back();
    }
    for (auto& each : blocks) each.erase(0, each.find_first_not_of('\n'));
    std::sort(blocks.begin(), blocks.end());
    std::string out;
    for (const auto& each : blocks) out += each;
    return out;
}

void change_something(VpcSpec& vpc, std::mt19937& random) {
    const auto pick = [&](std::size_t size) { return random() % size; };
    const char* const groups[] = {"sg-open", "sg-web", "sg-db", "sg-none"};
    const char* const subnets[] = {"subnet-public", "subnet-private", "subnet-other"};
    switch (pick(8)) {
        case 0:
        case 1: {
            const auto number = pick(40) + 1;
            const auto in = pick(3);
            const auto name = "n" + std::to_string(in) + "-" + std::to_string(number);
            const auto there = [&](const InterfaceSpec& each) { return each.attachment == name; };
            if (std::erase_if(vpc.interfaces, there) != 0) return;
            auto& made = add(vpc, name, subnets[in],
                             "10.20." + std::to_string(in + 1) + "." + std::to_string(number + 10),
                             {groups[pick(4)], groups[pick(4)]});
            if (pick(2) == 0) made.public_address = "203.0.113." + std::to_string(in * 50 + number);
            return;
        }
        case 2:
            group(vpc, groups[pick(4)])
                .ingress.push_back({"tcp", static_cast<int>(pick(900)), 1000, "", groups[pick(4)]});
            return;
        case 3:
            group(vpc, groups[pick(4)]).egress.clear();
            return;
        case 4:
            vpc.acls[0].ingress.insert(
                vpc.acls[0].ingress.begin(),
                {1, pick(2) == 0, "udp", "10.0.0.0/8", 1, static_cast<int>(pick(900)) + 1});
            return;
        case 5:
            subnet(vpc, subnets[pick(3)]).routes = {{"", RouteTarget::s3_endpoint, "vpce-1"}};
            return;
        case 6:
            if (!vpc.interfaces.empty())
                vpc.interfaces[pick(vpc.interfaces.size())].group_ids = {groups[pick(4)]};
            return;
        default:
            vpc.groups.push_back({"sg-" + std::to_string(random()), {}, {}});
            if (vpc.groups.size() > 7) vpc.groups.erase(vpc.groups.begin() + 4);
    }
}

TEST(Table, ChangedStepByStepEqualsLoadedAtOnce) {
    World world;
    auto vpc = sample_vpc("vpc-1");
    ASSERT_OK(world.network().apply(vpc));
    ASSERT_OK(world.network().apply(sample_vpc("vpc-2")));
    const auto stepwise_fd = open_namespace(world.network().router_namespace("vpc-1"));
    const auto at_once_fd = open_namespace(world.network().router_namespace("vpc-2"));
    ASSERT_TRUE(stepwise_fd && at_once_fd);
    auto stepwise = Firewall::open_in(stepwise_fd->get());
    auto at_once = Firewall::open_in(at_once_fd->get());
    ASSERT_TRUE(stepwise && at_once);
    std::mt19937 random(7);
    for (int step = 0; step < 120; ++step) {
        change_something(vpc, random);
        const auto plan = plan_vpc(vpc);
        ASSERT_OK(plan);
        const Table wanted = vpc_table(*plan, Address{1});
        ASSERT_OK(stepwise->replace(wanted));
        if (step % 10 != 9) continue;
        ASSERT_OK(at_once->replace(Table{}));
        ASSERT_OK(at_once->replace(wanted));
        const auto one = stepwise->listing(), two = at_once->listing();
        ASSERT_TRUE(one && two);
        ASSERT_EQ(sorted_blocks(normalised(*one)), sorted_blocks(normalised(*two))) << step;
    }
}

TEST(Table, NothingToChangeIsNoTransaction) {
    Table table;
    table.sets["s"] = {"set", "type ifname", {"\"a\""}};
    table.chains["c"] = {"", {"iifname @s drop"}};
    EXPECT_EQ(changing_text(table, table), "");
}

}  // namespace
}  // namespace stormglass::substrate::netns::testing
