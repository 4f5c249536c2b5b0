// A reset over a store in memory and a reality that a reconciler takes down.
#include "app/reset.h"

#include <gtest/gtest.h>

#include <atomic>

#include "store/memory_store.h"

namespace stormglass::app {
namespace {

/// Things that run for records "thing-..."; what no record knows is taken down, one a pass.
class Things final : public services::Reconciler {
public:
    explicit Things(store::Store& store) : store_(store) {}
    std::string_view name() const override { return "things"; }
    Result<base::Millis> reconcile() override {
        const std::lock_guard lock(mutex_);
        for (const auto& name : names_) {
            if (TRY(store_.read()->get(name)) || stuck) continue;
            std::erase(names_, std::string(name));
            break;
        }
        return base::Millis{1};
    }
    void run(const std::string& name) {
        const std::lock_guard lock(mutex_);
        names_.push_back(name);
    }
    std::vector<std::string> all() const {
        const std::lock_guard lock(mutex_);
        return names_;
    }
    std::atomic<bool> stuck = false;

private:
    store::Store& store_;
    mutable std::mutex mutex_;
    std::vector<std::string> names_;
};

class ResetTest : public ::testing::Test {
protected:
    void SetUp() override {
        for (const char* name : {"thing-1", "thing-2"}) {
            auto tx = store.write().value();
            tx->put(name, "wanted");
            ASSERT_TRUE(store.commit_durable(std::move(tx)));
            things.run(name);
        }
        runner.start(things);
    }
    Result<void> reset(base::Millis patience = base::Millis{10'000}) {
        return reset_everything(
            {.store = store,
             .reconcilers = runner,
             .prepare_files = [this](store::Tx& tx) -> Result<std::function<void()>> {
                 EXPECT_TRUE(tx.get("thing-1").value()) << "files are listed before the wipe";
                 return [this] { ++files_deleted; };
             },
             .reality = [this]() -> Result<std::vector<std::string>> { return things.all(); },
             .reality_patience = patience});
    }
    store::MemoryStore store;
    Things things{store};
    ReconcilerRunner runner;
    int files_deleted = 0;
};

TEST_F(ResetTest, RecordsGoAndWhatRanForThemToo) {
    ASSERT_TRUE(reset());
    EXPECT_TRUE(things.all().empty());
    EXPECT_FALSE(store.read()->get("thing-2").value());
    EXPECT_EQ(files_deleted, 1);
}

TEST_F(ResetTest, WhatCannotBeTakenDownIsNamed) {
    things.stuck = true;
    const auto outcome = reset(base::Millis{100});
    ASSERT_FALSE(outcome);
    EXPECT_NE(outcome.error().message.find("2 things are still being taken down: thing-1, thing-2"),
              std::string::npos)
        << outcome.error().message;
}

}  // namespace
}  // namespace stormglass::app
