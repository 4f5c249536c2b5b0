// Idempotence, adoption, repair and removal: apply() from whatever state the machine is in.
#include <gmock/gmock.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>

#include <cstring>

#include "substrate/netns/firewall.h"
#include "substrate/netns/test_world.h"

namespace stormglass::substrate::netns::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

VpcSpec two_instances() {
    auto vpc = sample_vpc("vpc-1");
    add(vpc, "a", "subnet-public", "10.20.1.11", {"sg-open"}).public_address = "203.0.113.5";
    add(vpc, "b", "subnet-private", "10.20.2.11", {"sg-open"});
    return vpc;
}

bool works(World& world) {
    EchoServer b(world.at("b"), 80), a(world.at("a"), 80);
    return reaches(world.at("a"), "10.20.2.11", 80) &&
           reaches(world.network().internet_namespace(), "203.0.113.5", 80) &&
           pings(world.at("a"), "10.20.1.1", patience);
}

/// What the kernel shows of a namespace, as text.
std::string picture(const std::string& path) {
    std::string text;
    const auto look = [&]() -> Result<void> {
        auto netlink = TRY(Netlink::open());
        for (const auto& each : TRY(netlink.links()))
            text += fmt::format("link {} {} {}\n", each.index, each.name, each.alias);
        for (const auto& each : TRY(netlink.addresses()))
            text += fmt::format("address {} {}\n", each.link_index, to_string(each.block));
        for (const auto& each : TRY(netlink.routes()))
            text += fmt::format("route {} {}\n", to_string(each.destination), each.link_index);
        return {};
    };
    EXPECT_TRUE(run_in_namespace(path, look).has_value());
    return text;
}

/// In the calling thread's namespace.
std::string hardware_address(const char* device) {
    const base::UniqueFd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request{};
    std::strncpy(request.ifr_name, device, IFNAMSIZ - 1);
    EXPECT_EQ(ioctl(fd.get(), SIOCGIFHWADDR, &request), 0);
    const auto* b = reinterpret_cast<const unsigned char*>(request.ifr_hwaddr.sa_data);
    return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", b[0], b[1], b[2], b[3], b[4],
                       b[5]);
}

/// Runs `damage` with the netlink of a namespace.
void spoil(const std::string& path, const std::function<Result<void>(Netlink&)>& damage) {
    const auto work = [&]() -> Result<void> {
        auto netlink = TRY(Netlink::open());
        return damage(netlink);
    };
    const auto outcome = run_in_namespace(path, work);
    EXPECT_TRUE(outcome.has_value()) << outcome.error().message;
}

TEST(Apply, TwiceChangesNothingAndInterruptsNothing) {
    World world;
    const auto vpc = two_instances();
    ASSERT_OK(world.network().apply(vpc));
    EchoServer b(world.at("b"), 80);
    auto flow = Client::open(world.at("a"), "10.20.2.11", 80, patience);
    const auto router = picture(world.network().router_namespace("vpc-1"));
    const auto internet = picture(world.network().internet_namespace());
    ASSERT_OK(world.network().apply(vpc));
    EXPECT_EQ(picture(world.network().router_namespace("vpc-1")), router);
    EXPECT_EQ(picture(world.network().internet_namespace()), internet);
    EXPECT_TRUE(flow && flow->echoes(patience));
}

TEST(Apply, ByALaterDaemonAdoptsWhatIsThere) {
    World world;
    auto vpc = two_instances();
    ASSERT_OK(world.network().apply(vpc));
    EchoServer b(world.at("b"), 80);
    auto flow = Client::open(world.at("a"), "10.20.2.11", 80, patience);
    const auto router = picture(world.network().router_namespace("vpc-1"));
    world.restart();
    ASSERT_OK(world.network().start());
    EXPECT_THAT(*world.network().observed_vpcs(), ElementsAre("vpc-1"));
    EXPECT_THAT(*world.network().observed_interfaces("vpc-1"), ElementsAre("eni-a", "eni-b"));
    ASSERT_OK(world.network().apply(vpc));
    EXPECT_EQ(picture(world.network().router_namespace("vpc-1")), router);
    EXPECT_TRUE(flow && flow->echoes(patience));
}

TEST(Apply, RepairsPartialDamage) {
    World world;
    const auto vpc = two_instances();
    ASSERT_OK(world.network().apply(vpc));
    const auto router = world.network().router_namespace("vpc-1");
    const auto internet = world.network().internet_namespace();
    const auto delete_all_links = [](Netlink& netlink) -> Result<void> {
        std::vector<int> all;
        for (const auto& each : TRY(netlink.links()))
            if (each.index != loopback_index) all.push_back(each.index);
        return netlink.delete_links(all);
    };
    const auto delete_routes = [](Netlink& netlink) -> Result<void> {
        for (const auto& each : TRY(netlink.routes())) TRY(netlink.delete_route(each));
        return {};
    };
    const auto delete_addresses = [](Netlink& netlink) -> Result<void> {
        for (const auto& each : TRY(netlink.addresses())) TRY(netlink.delete_address(each));
        return {};
    };
    for (const auto& damage : {std::function<Result<void>(Netlink&)>(delete_all_links),
                               std::function<Result<void>(Netlink&)>(delete_routes),
                               std::function<Result<void>(Netlink&)>(delete_addresses)})
        for (const auto& path : {router, internet}) {
            spoil(path, damage);
            EXPECT_TRUE(is_cut_off(internet, "203.0.113.5", 80));
            ASSERT_OK(world.network().apply(vpc));
            EXPECT_TRUE(works(world));
        }
}

TEST(Apply, RestoresRulesThatSomebodyRemoved) {
    World world;
    auto vpc = two_instances();
    vpc.interfaces[1].group_ids = {"sg-none"};
    ASSERT_OK(world.network().apply(vpc));
    EchoServer b(world.at("b"), 80);
    const auto fd = open_namespace(world.network().router_namespace("vpc-1"));
    ASSERT_OK(fd);
    auto firewall = Firewall::open_in(fd->get());
    ASSERT_OK(firewall);
    ASSERT_OK(firewall->replace(Table{}));
    EXPECT_TRUE(reaches(world.at("a"), "10.20.2.11", 80)) << "without rules";
    ASSERT_OK(world.network().apply(vpc));
    EXPECT_TRUE(is_cut_off(world.at("a"), "10.20.2.11", 80));
}

TEST(Apply, MakesLostNamespacesAgain) {
    World world;
    const auto vpc = two_instances();
    ASSERT_OK(world.network().apply(vpc));
    for (const auto& path : {world.at("a"), world.network().router_namespace("vpc-1"),
                             world.network().internet_namespace()}) {
        ASSERT_EQ(umount2(path.c_str(), MNT_DETACH), 0);
        if (path == world.at("a")) {
            EXPECT_THAT(*world.network().observed_interfaces("vpc-1"), ElementsAre("eni-b"));
        }
        ASSERT_OK(world.network().apply(vpc));
        EXPECT_TRUE(works(world)) << path;
    }
}

TEST(Apply, RemovesAnAbsentInterfaceWithItsNamespaceAndLeavesTheRestAlone) {
    World world;
    auto vpc = two_instances();
    add(vpc, "c", "subnet-private", "10.20.2.12", {"sg-open"});
    ASSERT_OK(world.network().apply(vpc));
    EchoServer b(world.at("b"), 80);
    auto flow = Client::open(world.at("a"), "10.20.2.11", 80, patience);
    const auto gone = world.at("c");
    vpc.interfaces.pop_back();
    ASSERT_OK(world.network().apply(vpc));
    EXPECT_THAT(*world.network().observed_interfaces("vpc-1"), ElementsAre("eni-a", "eni-b"));
    EXPECT_FALSE(base::file_exists(gone));
    EXPECT_TRUE(flow && flow->echoes(patience));
}

TEST(Apply, GivesAnInterfaceItsAddressesAndASecondOneItsOwnDevice) {
    World world;
    auto vpc = two_instances();
    ASSERT_OK(world.network().apply(vpc));
    auto& second = add(vpc, "a-2", "subnet-other", "10.20.3.11", {"sg-open"});
    second.attachment = "a";
    second.mac = "02:aa:bb:cc:dd:ee";
    ASSERT_OK(world.network().apply(vpc));
    const auto inside = picture(world.at("a"));
    EXPECT_THAT(inside, ::testing::HasSubstr("10.20.1.11/24"));
    EXPECT_THAT(inside, ::testing::HasSubstr("10.20.3.11/24"));
    const auto look = [&]() -> Result<void> {
        auto netlink = TRY(Netlink::open());
        EXPECT_TRUE(TRY(netlink.link("eth0")).has_value());
        EXPECT_TRUE(TRY(netlink.link("eth1")).has_value());
        EXPECT_EQ(hardware_address("eth1"), "02:aa:bb:cc:dd:ee");
        return {};
    };
    ASSERT_OK(run_in_namespace(world.at("a"), look));
    EchoServer server(world.at("a"), 80);
    EXPECT_TRUE(reaches(world.at("b"), "10.20.1.11", 80));
}

TEST(Apply, ReturnsOnlyWhenTheInterfacesFirstPacketIsNotLost) {
    constexpr std::chrono::milliseconds retransmission{990};  // TCP's and ARP's first, at 1 s.
    World world;
    auto vpc = two_instances();
    ASSERT_OK(world.network().apply(vpc));
    EchoServer server(world.at("b"), 80);
    int late = 0;
    for (int number = 0; number < 12; ++number) {
        const auto name = "n" + std::to_string(number);
        add(vpc, name, "subnet-public", "10.20.1." + std::to_string(50 + number), {"sg-open"});
        ASSERT_OK(world.network().apply(vpc));
        if (!Client::open(world.at(name), "10.20.2.11", 80, retransmission)) ++late;
    }
    EXPECT_LE(late, 1) << "one may be the machine's own slowness";
}

TEST(Apply, RemakesAnInterfaceWhoseAddressChanged) {
    World world;
    auto vpc = two_instances();
    ASSERT_OK(world.network().apply(vpc));
    vpc.interfaces[1].address = "10.20.2.77";
    ASSERT_OK(world.network().apply(vpc));
    EchoServer b(world.at("b"), 80);
    EXPECT_TRUE(reaches(world.at("a"), "10.20.2.77", 80));
    EXPECT_TRUE(is_cut_off(world.at("a"), "10.20.2.11", 80));
}

TEST(Apply, RefusesWhatItCannotBuildAndChangesNothing) {
    World world;
    const auto good = two_instances();
    ASSERT_OK(world.network().apply(good));
    const auto before = picture(world.network().router_namespace("vpc-1"));
    const std::function<void(VpcSpec&)> spoils[] = {
        [](VpcSpec& vpc) { vpc.id = "../x"; },
        [](VpcSpec& vpc) { vpc.cidrs = {"10.20.0.0/33"}; },
        [](VpcSpec& vpc) { vpc.cidrs.clear(); },
        [](VpcSpec& vpc) { vpc.interfaces[0].address = "10.20.9.9"; },
        [](VpcSpec& vpc) { vpc.interfaces[0].address = vpc.interfaces[1].address; },
        [](VpcSpec& vpc) { vpc.interfaces[0].mac = "nonsense"; },
        [](VpcSpec& vpc) { vpc.interfaces[0].attachment = "a/../../b"; },
        [](VpcSpec& vpc) { vpc.interfaces[0].public_address = "1.2.3.4 drop"; },
        [](VpcSpec& vpc) { vpc.interfaces[0].subnet_id = "subnet-9"; },
        [](VpcSpec& vpc) { vpc.subnets[0].acl_id = "acl-9"; },
        [](VpcSpec& vpc) { vpc.groups[0].id = "sg { }"; },
        [](VpcSpec& vpc) {
            vpc.groups[0].ingress = {{"tcp", 90, 80, "0.0.0.0/0", ""}};
        },
        [](VpcSpec& vpc) {
            vpc.groups[0].ingress = {{"wat", 90, 80, "0.0.0.0/0", ""}};
        },
        [](VpcSpec& vpc) {
            vpc.groups[0].ingress = {{"tcp", 80, 80, "0.0.0.0/0 accept", ""}};
        },
        [](VpcSpec& vpc) { vpc.acls[0].ingress[0].cidr = "10.0.0.0"; },
    };
    for (const auto& each : spoils) {
        auto vpc = good;
        each(vpc);
        const auto outcome = world.network().apply(vpc);
        ASSERT_FALSE(outcome.has_value());
        EXPECT_EQ(outcome.error().domain, Domain::config) << outcome.error().message;
    }
    EXPECT_EQ(picture(world.network().router_namespace("vpc-1")), before);
    EXPECT_THAT(*world.network().observed_vpcs(), ElementsAre("vpc-1"));
}

TEST(Remove, AVpcGoesWithAllThatIsInItAndTheOtherStays) {
    World world;
    ASSERT_OK(world.network().apply(two_instances()));
    auto other = sample_vpc("vpc-2");
    add(other, "other", "subnet-public", "10.20.1.11", {"sg-open"}).public_address = "203.0.113.9";
    ASSERT_OK(world.network().apply(other));
    ASSERT_OK(world.network().remove_vpc("vpc-1"));
    ASSERT_OK(world.network().remove_vpc("vpc-1"));
    EXPECT_THAT(*world.network().observed_vpcs(), ElementsAre("vpc-2"));
    EXPECT_THAT(*world.network().observed_interfaces("vpc-1"), IsEmpty());
    EXPECT_FALSE(base::file_exists(world.at("a")));
    EchoServer server(world.at("other"), 80);
    EXPECT_TRUE(reaches(world.network().internet_namespace(), "203.0.113.9", 80));
}

TEST(Remove, EverythingLeavesTheMachineAsItWas) {
    const auto mounts = base::read_file("/proc/self/mounts");
    const auto host = picture("/proc/self/ns/net");
    const auto forwards = base::read_file("/proc/sys/net/ipv4/ip_forward");
    std::string folder;
    {
        World world;
        folder = world.realm().run_dir;
        ASSERT_OK(world.network().apply(two_instances()));
        world.restart();
        ASSERT_OK(world.network().remove_everything());
        EXPECT_FALSE(base::file_exists(folder + "/netns"));
        ASSERT_OK(world.network().remove_everything());
        ASSERT_OK(world.network().apply(two_instances()));
        EXPECT_TRUE(works(world)) << "and it can begin again";
    }
    EXPECT_FALSE(base::file_exists(folder));
    const auto after = base::read_file("/proc/self/mounts");
    ASSERT_TRUE(mounts && after);
    EXPECT_EQ(after->find(folder), std::string::npos);
    EXPECT_EQ(picture("/proc/self/ns/net"), host);
    EXPECT_EQ(*base::read_file("/proc/sys/net/ipv4/ip_forward"), *forwards);
}

TEST(Remove, TwoRealmsSideBySideDoNotTouchEachOther) {
    World one, two;
    ASSERT_OK(one.network().apply(two_instances()));
    ASSERT_OK(two.network().apply(two_instances()));
    ASSERT_OK(one.network().remove_everything());
    EXPECT_TRUE(works(two));
}

}  // namespace
}  // namespace stormglass::substrate::netns::testing
