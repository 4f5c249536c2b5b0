// The v2 files over a folder of plain files: this needs no cgroup mount and no root.
#include "substrate/process/cgroups.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/file.h"

namespace stormglass::substrate {
namespace {

class CgroupsV2Test : public testing::Test {
protected:
    CgroupsV2Test() {
        char folder[] = "/tmp/stormglass-cgroups-test-XXXXXX";
        root = ::mkdtemp(folder);
        const std::string realm = root + "/stormglass-x";
        group = realm + "/process/web";
        EXPECT_TRUE(base::make_directories(group));
        EXPECT_TRUE(base::make_directories(realm + "/instance"));
        put(root + "/cgroup.controllers", "cpu memory pids");
        for (const auto& level : {root, realm, realm + "/process", realm + "/instance"}) {
            put(level + "/cgroup.subtree_control", "");
        }
        for (const char* file : {"cpu.max", "memory.max", "memory.swap.max", "pids.max",
                                 "cgroup.procs", "cgroup.freeze"}) {
            put(group + "/" + file, "");
        }
    }
    ~CgroupsV2Test() override { EXPECT_TRUE(base::remove_all(root)); }

    static void put(const std::string& path, const std::string& content) {
        EXPECT_TRUE(base::write_file(path, content));
    }
    std::string in_group(const std::string& file) const {
        return base::read_file(group + "/" + file).value_or("absent");
    }

    std::string root, group;
};

TEST_F(CgroupsV2Test, LimitsAreWrittenAsVersion2Wants) {
    Cgroups cgroups("x", root);
    ASSERT_TRUE(cgroups.limits_enforced()) << cgroups.why_not();
    ASSERT_TRUE(cgroups.create(
        "process/web", {.cpu_millicores = 250, .memory_bytes = 1 << 20, .processes_max = 7}));
    EXPECT_EQ(in_group("cpu.max"), "25000 100000");
    EXPECT_EQ(in_group("memory.max"), "1048576");
    EXPECT_EQ(in_group("memory.swap.max"), "0");
    EXPECT_EQ(in_group("pids.max"), "7");
    EXPECT_EQ(*base::read_file(root + "/stormglass-x/process/cgroup.subtree_control"),
              "+cpu +memory +pids");
}

TEST_F(CgroupsV2Test, NoLimitIsMax) {
    Cgroups cgroups("x", root);
    ASSERT_TRUE(cgroups.create("process/web", {}));
    EXPECT_EQ(in_group("cpu.max"), "max 100000");
    EXPECT_EQ(in_group("memory.max"), "max");
    EXPECT_EQ(in_group("pids.max"), "max");
}

TEST_F(CgroupsV2Test, ProcessesJoinAndFreeze) {
    Cgroups cgroups("x", root);
    ASSERT_TRUE(cgroups.join("process/web", 4711));
    EXPECT_EQ(in_group("cgroup.procs"), "4711");
    EXPECT_EQ(cgroups.members("process/web"), std::vector<int>{4711});
    ASSERT_TRUE(cgroups.freeze("process/web", Freeze::frozen));
    EXPECT_EQ(in_group("cgroup.freeze"), "1");
}

TEST_F(CgroupsV2Test, UsageIsReadFromVersion2sFiles) {
    put(group + "/cpu.stat", "usage_usec 1500000\nuser_usec 1\n");
    put(group + "/memory.current", "4096\n");
    put(group + "/cgroup.procs", "12\n13\n");
    const auto usage = Cgroups("x", root).usage("process/web");
    ASSERT_TRUE(usage) << usage.error().message;
    EXPECT_DOUBLE_EQ(usage->cpu_seconds, 1.5);
    EXPECT_EQ(usage->memory_bytes, 4096);
    EXPECT_EQ(usage->processes, 2);
}

TEST_F(CgroupsV2Test, ControllersThatAreNotDelegatedAreSaid) {
    ASSERT_EQ(::unlink((root + "/cgroup.subtree_control").c_str()), 0);
    Cgroups cgroups("x", root);
    EXPECT_FALSE(cgroups.limits_enforced());
    EXPECT_NE(cgroups.why_not().find("cgroup.subtree_control"), std::string::npos);
    EXPECT_TRUE(cgroups.create("process/web", {.processes_max = 7})) << "it runs without limits";
}

TEST(Cgroups, AMachineWithoutCgroupsIsSaidAndNothingFails) {
    Cgroups cgroups("x", "/nonexistent");
    EXPECT_FALSE(cgroups.limits_enforced());
    EXPECT_TRUE(cgroups.create("process/web", {.processes_max = 7}));
    EXPECT_TRUE(cgroups.join("process/web", 1));
    EXPECT_TRUE(cgroups.kill_all("process/web", std::chrono::milliseconds{1}));
    EXPECT_TRUE(cgroups.remove("process/web"));
    EXPECT_FALSE(cgroups.usage("process/web"));
}

}  // namespace
}  // namespace stormglass::substrate
