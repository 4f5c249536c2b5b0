// A server's storage has a size: what that means for it and for nobody else.
#include "substrate/mysql/testing.h"

namespace stormglass::substrate::mysql {
namespace {

constexpr std::int64_t mib = 1 << 20;

class VolumeTest : public ::testing::Test {
protected:
    VolumeTest() { spec().storage_bytes = 256 * mib; }
    void SetUp() override {
        OK(servers_.databases().create_data(spec()));
        OK(servers_.databases().start(spec(), ServerRole::primary));
        OK(servers_.databases().set_credentials(spec(), servers_.credentials()));
        const auto state = servers_.databases().observe(spec());
        ASSERT_TRUE(state && state->storage_size_bytes);
        if (*state->storage_size_bytes > 300 * mib) GTEST_SKIP() << "no loop devices here";
    }
    DatabaseServerSpec& spec() { return servers_.first; }
    std::chrono::milliseconds failing_for() {
        const auto state = servers_.databases().observe(spec());
        return state ? state->storage_fails_for : 0ms;
    }
    bool fill() {
        const auto client = servers_.client(spec());
        client->execute(
            "CREATE TABLE IF NOT EXISTS app.t (id INT AUTO_INCREMENT PRIMARY KEY, b LONGBLOB)");
        for (int i = 0; i < 400; ++i) {
            if (!client->execute("INSERT INTO app.t (b) VALUES (REPEAT('x', 2000000))"))
                return true;
        }
        return false;
    }

    TestServers servers_;
};

TEST_F(VolumeTest, AFullOneTakesNoWriteUntilItGrows) {
    ASSERT_TRUE(fill());
    EXPECT_TRUE(eventually([&] { return failing_for() > 2s; }));
    spec().storage_bytes = 512 * mib;
    OK(servers_.databases().grow_storage(spec()));
    EXPECT_TRUE(eventually([&] { return failing_for() == 0ms; }, 90s));
    EXPECT_TRUE(eventually(
        [&] { return servers_.client(spec())->execute("INSERT INTO app.t (b) VALUES ('more')"); },
        90s));
}

TEST_F(VolumeTest, KeepsItsDataWhenTheServerIsStoppedAndStarted) {
    ASSERT_TRUE(servers_.client(spec())->execute("CREATE TABLE app.kept (id INT)"));
    OK(servers_.databases().stop(spec().id));
    EXPECT_FALSE(base::file_exists(layout_of(servers_.realm(), spec().id).data()));
    OK(servers_.databases().start(spec(), ServerRole::primary));
    EXPECT_EQ(servers_.client(spec())->value("SELECT COUNT(*) FROM app.kept"), "0");
}

TEST_F(VolumeTest, TellsWhatIsUsedOfIt) {
    const auto usage = servers_.databases().usage(spec());
    ASSERT_TRUE(usage) << usage.error().message;
    EXPECT_GT(usage->storage_free_bytes, 20 * mib);
    EXPECT_LT(usage->storage_bytes, 257 * mib);
    EXPECT_GT(usage->queries, 0);
    EXPECT_EQ(usage->connections, 0);
}

}  // namespace
}  // namespace stormglass::substrate::mysql
