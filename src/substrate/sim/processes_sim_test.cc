#include "substrate/sim/processes_sim.h"

#include <gtest/gtest.h>
#include <signal.h>

namespace stormglass::substrate {
namespace {

ProcessSpec web() { return {.name = "web", .argv = {"/bin/web"}, .stdin_text = "secret"}; }

TEST(ProcessesSim, AStartedProcessRunsUntilStopped) {
    ProcessesSim processes;
    const auto first = processes.start(web());
    ASSERT_TRUE(first && first->running);
    EXPECT_EQ(processes.start(web())->pid, first->pid) << "a second start changes nothing";
    EXPECT_FALSE(processes.started_with("web")->stdin_text) << "secrets are not kept";
    ASSERT_TRUE(processes.stop("web", StopMode::kill));
    EXPECT_FALSE(processes.observe("web")->running);
    EXPECT_TRUE(processes.list()->empty());
}

TEST(ProcessesSim, ACrashedProcessIsListedAndStartsAnew) {
    ProcessesSim processes;
    const int pid = processes.start(web())->pid;
    processes.crash("web");
    EXPECT_FALSE(processes.observe("web")->running);
    EXPECT_FALSE(processes.signal("web", SIGHUP));
    EXPECT_EQ(processes.list()->size(), 1U);
    EXPECT_NE(processes.start(web())->pid, pid);
    ASSERT_TRUE(processes.signal("web", SIGHUP));
    EXPECT_EQ(processes.signals("web"), std::vector<int>{SIGHUP});
}

TEST(ProcessesSim, AStartMayHappenAndStillBeReportedAsFailed) {
    ProcessesSim processes([](std::string_view call, std::string_view) -> Result<void> {
        if (call == "processes.start.half") return fail(Domain::system, "sim", "half way");
        return {};
    });
    EXPECT_FALSE(processes.start(web()));
    EXPECT_TRUE(processes.observe("web")->running);
}

}  // namespace
}  // namespace stormglass::substrate
