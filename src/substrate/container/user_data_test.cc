#include "substrate/container/user_data.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/file.h"

namespace stormglass::substrate {
namespace {

std::string gzip(const std::string& text) {
    z_stream stream{};
    EXPECT_EQ(::deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    std::string packed(::deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    EXPECT_EQ(::deflate(&stream, Z_FINISH), Z_STREAM_END);
    packed.resize(stream.total_out);
    ::deflateEnd(&stream);
    return packed;
}

class UserDataTest : public testing::Test {
protected:
    UserDataTest() {
        char folder[] = "/tmp/stormglass-user-data-test-XXXXXX";
        root = ::mkdtemp(folder);
    }
    ~UserDataTest() override { EXPECT_TRUE(base::remove_all(root)); }
    std::string at(const std::string& path) const { return root + "/var/lib/cloud" + path; }

    std::string root;
};

TEST_F(UserDataTest, AScriptIsRunAtTheFirstBootOnly) {
    const auto first = plan_boot(root, "i-1", "#!/bin/sh\ntrue\n");
    ASSERT_TRUE(first) << first.error().message;
    ASSERT_EQ(first->scripts.size(), 1U);
    EXPECT_TRUE(first->first_boot);
    EXPECT_EQ(first->scripts[0].path, at("/instances/i-1/scripts/part-001"));
    const auto second = plan_boot(root, "i-1", "#!/bin/sh\ntrue\n");
    EXPECT_TRUE(second && !second->first_boot && second->scripts.empty());
}

TEST_F(UserDataTest, AnotherInstanceFromTheSameDiskHasItsOwnFirstBoot) {
    ASSERT_TRUE(plan_boot(root, "i-1", "#!/bin/sh\n"));
    EXPECT_TRUE(plan_boot(root, "i-2", "#!/bin/sh\n")->first_boot);
    char target[256] = {};
    ASSERT_GT(::readlink(at("/instance").c_str(), target, sizeof target - 1), 0);
    EXPECT_STREQ(target, "/var/lib/cloud/instances/i-2");
}

TEST_F(UserDataTest, ScriptsAndUserDataAreForRootAlone) {
    ASSERT_TRUE(plan_boot(root, "i-1", "#!/bin/sh\n"));
    struct stat found {};
    ASSERT_EQ(::stat(at("/instances/i-1/user-data.txt").c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0600U);
    ASSERT_EQ(::stat(at("/instances/i-1/scripts/part-001").c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0700U);
}

TEST_F(UserDataTest, GzipIsUnpacked) {
    ASSERT_TRUE(plan_boot(root, "i-1", gzip("#!/bin/sh\necho packed\n")));
    EXPECT_EQ(*base::read_file(at("/instances/i-1/scripts/part-001")), "#!/bin/sh\necho packed\n");
}

TEST_F(UserDataTest, DamagedOrHugeGzipIsARemarkAndNotAFailure) {
    const std::string whole = gzip("#!/bin/sh\necho packed\n");
    for (const auto& data : {whole.substr(0, whole.size() - 9), gzip(std::string(2 << 20, 'x'))}) {
        const auto plan = plan_boot(root, "i-" + std::to_string(data.size()), data);
        ASSERT_TRUE(plan);
        EXPECT_TRUE(plan->scripts.empty());
        EXPECT_EQ(plan->remarks.size(), 1U);
    }
}

TEST_F(UserDataTest, WhatIsNoScriptIsARemark) {
    EXPECT_NE(plan_boot(root, "i-1", "#cloud-config\n")->remarks.at(0).find("not supported"),
              std::string::npos);
    EXPECT_NE(plan_boot(root, "i-2", "hello")->remarks.at(0).find("#!"), std::string::npos);
    EXPECT_TRUE(plan_boot(root, "i-3", "")->remarks.empty());
}

TEST_F(UserDataTest, PerBootScriptsRunInOrderAtEveryBoot) {
    ASSERT_TRUE(base::make_directories(at("/scripts/per-boot")));
    for (const char* name : {"/b", "/a", "/not-executable"}) {
        ASSERT_TRUE(base::write_file(at("/scripts/per-boot") + name, "#!/bin/sh\n"));
    }
    for (const char* name : {"/b", "/a"}) {
        ASSERT_EQ(::chmod((at("/scripts/per-boot") + name).c_str(), 0755), 0);
    }
    for (int boot = 0; boot < 2; ++boot) {
        const auto plan = plan_boot(root, "i-1", "");
        ASSERT_EQ(plan->scripts.size(), 2U);
        EXPECT_TRUE(plan->scripts[0].path.ends_with("/a"));
    }
}

}  // namespace
}  // namespace stormglass::substrate
