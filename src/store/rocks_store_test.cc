// What only the store on disk promises: durability, secrecy, and refusing what it cannot trust.
#include "store/rocks_store.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <random>
#include <set>
#include <thread>

#include "base/strings.h"
#include "store/directory_lock.h"
#include "store/key.h"
#include "store/testing.h"

namespace stormglass::store {
namespace {

/// Runs store_crash_child and reads its lines; kills it at the latest when it goes out of scope.
class Child {
public:
    Child(const std::string& folder, const char* mode) {
        int ends[2];
        CHECK(::pipe2(ends, O_CLOEXEC) == 0);
        output_ = base::UniqueFd(ends[0]);
        const base::UniqueFd input(ends[1]);
        const std::string self = std::filesystem::read_symlink("/proc/self/exe").parent_path();
        const std::string program = self + "/store_crash_child";
        char* arguments[] = {const_cast<char*>(program.c_str()), const_cast<char*>(folder.c_str()),
                             const_cast<char*>(mode), nullptr};
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, input.get(), STDOUT_FILENO);
        CHECK(::posix_spawn(&pid_, program.c_str(), &actions, nullptr, arguments, environ) == 0);
        posix_spawn_file_actions_destroy(&actions);
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() { kill(); }

    void kill() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = 0;
    }

    /// Whole lines only; nothing at the end of its output.
    std::optional<std::string> line() {
        for (;;) {
            if (const auto end = buffer_.find('\n'); end != std::string::npos) {
                std::string found = buffer_.substr(0, end);
                buffer_.erase(0, end + 1);
                return found;
            }
            char part[4096];
            const ssize_t got = ::read(output_.get(), part, sizeof part);
            if (got <= 0) return std::nullopt;
            buffer_.append(part, static_cast<std::size_t>(got));
        }
    }

private:
    pid_t pid_ = 0;
    base::UniqueFd output_;
    std::string buffer_;
};

std::set<std::string> stored(Store& store, std::string_view table) {
    std::set<std::string> found;
    auto tx = store.read();
    const std::string prefix = key({table});
    CHECK(tx->scan(prefix, prefix_end(prefix), Direction::forward,
                   [&](std::string_view found_key, std::string_view) {
                       const auto parts = parts_of(found_key).value();
                       found.insert("ack " + parts[1] + " " + parts[2]);
                       return Step::next;
                   })
              .has_value());
    return found;
}

void put(Store& store, std::string_view key, std::string_view value) {
    auto tx = store.write().value();
    tx->put(key, value);
    ASSERT_TRUE(store.commit_durable(std::move(tx)));
}

std::string get(Store& store, std::string_view key) {
    return store.read()->get(key).value().value_or("(none)");
}

/// All bytes of all files below the folder.
std::string bytes_below(const std::string& folder) {
    std::string all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) all += base::read_file(entry.path()).value();
    }
    return all;
}

TEST(RocksStore, EveryAcknowledgedCommitSurvivesKillNineAndNoneIsHalf) {
    constexpr int rounds = 20;
    RocksFolder folder;
    std::mt19937 random(std::random_device{}());
    std::set<std::string> acknowledged;
    for (int round = 0; round < rounds; ++round) {
        Child child(folder.path(), "endless");
        for (unsigned left = 1 + random() % 100; left > 0; --left) {
            acknowledged.insert(child.line().value());
        }
        child.kill();
        while (const auto line = child.line()) acknowledged.insert(*line);
        auto store = folder.open();
        const auto first = stored(*store, "first");
        ASSERT_EQ(first, stored(*store, "second"));
        ASSERT_TRUE(
            std::includes(first.begin(), first.end(), acknowledged.begin(), acknowledged.end()))
            << "round " << round;
    }
}

TEST(RocksStore, AFullDiskFailsClearlyLosesNothingAndCanBeGotOver) {
    RocksFolder folder;
    std::set<std::string> acknowledged;
    std::vector<std::string> rest;
    {
        Child child(folder.path(), "full-disk");
        while (const auto line = child.line()) {
            if (line->starts_with("ack ")) {
                acknowledged.insert(*line);
            } else {
                rest.push_back(*line);
            }
        }
    }
    ASSERT_EQ(rest.size(), 1u) << base::join(rest, "\n");
    EXPECT_TRUE(rest[0] == "failed StoreFailed" || rest[0] == "failed NoSpace") << rest[0];
    EXPECT_TRUE(acknowledged.contains("ack full again"));
    auto store = folder.open();
    EXPECT_EQ(stored(*store, "first"), acknowledged);
    EXPECT_EQ(stored(*store, "second"), acknowledged);
}

TEST(RocksStore, ManyWritersShareAnFsync) {
    constexpr int threads_count = 16;
    constexpr int commits_each = 20;
    RocksFolder folder;
    auto store = folder.open();
    std::vector<std::thread> threads;
    for (int number = 0; number < threads_count; ++number) {
        threads.emplace_back([&store, number] {
            for (int round = 0; round < commits_each; ++round) {
                put(*store, key({"t", std::to_string(number)}), std::to_string(round));
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(store->commit_count(), threads_count * commits_each);
    EXPECT_LT(store->sync_count(), store->commit_count() / 2);
}

TEST(RocksStore, NoValueCanBeReadFromTheFilesAndKeysCan) {
    RocksFolder folder;
    put(*folder.open(), "name-in-the-clear", "plaintext-nobody-may-find");
    const std::string all = bytes_below(folder.path());
    EXPECT_NE(all.find("name-in-the-clear"), std::string::npos);
    EXPECT_EQ(all.find("plaintext-nobody-may-find"), std::string::npos);
    EXPECT_EQ(get(*folder.open(), "name-in-the-clear"), "plaintext-nobody-may-find");
}

TEST(RocksStore, AnotherRootKeyOrNoneIsRefused) {
    RocksFolder folder;
    const std::string path = folder.path() + "/root.key";
    ASSERT_TRUE(base::write_file(path, std::string(64, 'a') + "\n"));
    EXPECT_EQ(KeyRing::open(folder.path(), folder.random()).error().code, "WrongRootKey");
    ASSERT_TRUE(base::write_file(path, "short"));
    EXPECT_EQ(KeyRing::open(folder.path(), folder.random()).error().code, "BadRootKey");
    ASSERT_TRUE(base::write_file(path, std::string(64, 'a'), base::Access::shared));
    EXPECT_EQ(KeyRing::open(folder.path(), folder.random()).error().code, "KeyTooOpen");
    ASSERT_TRUE(base::remove_all(path));
    EXPECT_EQ(KeyRing::open(folder.path(), folder.random()).error().code, "NoRootKey");
}

TEST(RocksStore, ANewerSchemaIsRefusedAndAnOlderOneIsTaken) {
    RocksFolder folder;
    put(*folder.try_open(7).value(), "a", "1");
    const auto refused = folder.try_open(6);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "NewerSchema");
    EXPECT_NE(refused.error().message.find("install that version"), std::string::npos);
    EXPECT_EQ(get(*folder.try_open(8).value(), "a"), "1");
}

TEST(RocksStore, DamageInTheMiddleOfTheLogIsAnErrorAndNotASilentLoss) {
    RocksFolder folder;
    {
        auto store = folder.open();
        for (int round = 0; round < 100; ++round) put(*store, "k" + std::to_string(round), "value");
    }
    for (const auto& entry : std::filesystem::directory_iterator(folder.path() + "/db")) {
        if (entry.path().extension() != ".log") continue;
        std::string log = base::read_file(entry.path()).value();
        ASSERT_GT(log.size(), 1000u);
        log[log.size() / 2] = static_cast<char>(log[log.size() / 2] ^ 1);
        ASSERT_TRUE(base::write_file(entry.path(), log));
    }
    const auto refused = folder.try_open();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "Corrupt");
}

TEST(RocksStore, ATornRecordAtTheEndOfTheLogIsDropped) {
    RocksFolder folder;
    put(*folder.open(), "a", "1");
    for (const auto& entry : std::filesystem::directory_iterator(folder.path() + "/db")) {
        if (entry.path().extension() != ".log") continue;
        ASSERT_TRUE(
            base::write_file(entry.path(), base::read_file(entry.path()).value() + "\x12\x34\x56"));
    }
    EXPECT_EQ(get(*folder.open(), "a"), "1");
}

TEST(DirectoryLock, ASecondHolderIsRefusedAndToldThePid) {
    TemporaryFolder folder;
    {
        const auto first = DirectoryLock::acquire(folder.path());
        ASSERT_TRUE(first);
        const auto second = DirectoryLock::acquire(folder.path());
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().code, "Locked");
        EXPECT_NE(second.error().message.find(std::to_string(::getpid())), std::string::npos);
        EXPECT_EQ(DirectoryLock::holder(folder.path()), ::getpid());
    }
    EXPECT_EQ(DirectoryLock::holder(folder.path()), std::nullopt);
    EXPECT_TRUE(DirectoryLock::acquire(folder.path()));
}

TEST(KeyRing, WrapsForOnePurposeAndKeepsNamedKeys) {
    TemporaryFolder folder;
    base::SystemRandom random;
    std::string wrapped;
    std::string named;
    {
        auto ring = KeyRing::open(folder.path(), random).value();
        wrapped = ring->wrap("s3-object", "secret").value();
        named = ring->named_key("kms/1").value();
        EXPECT_EQ(named.size(), 32u);
    }
    auto ring = KeyRing::open(folder.path(), random).value();
    EXPECT_EQ(ring->unwrap("s3-object", wrapped).value(), "secret");
    EXPECT_FALSE(ring->unwrap("kms", wrapped));
    EXPECT_FALSE(ring->unwrap("s3-object", wrapped.substr(1)));
    EXPECT_EQ(ring->named_key("kms/1").value(), named);
    EXPECT_EQ(bytes_below(folder.path()).find(named), std::string::npos);
    ASSERT_TRUE(ring->forget("kms/1"));
    EXPECT_NE(ring->named_key("kms/1").value(), named);
}

}  // namespace
}  // namespace stormglass::store
