// Lifecycle rules over a store in memory and a clock that the test moves.
#include "services/s3/lifecycle.h"

#include <gtest/gtest.h>

#include "services/common/testing.h"

namespace stormglass::s3 {
namespace {

using base::Days;

class LifecycleTest : public services::ServiceTest {
protected:
    void SetUp() override {
        auto begun = request();
        api::CreateBucketInput input;
        input.bucket = "some-bucket";
        ASSERT_TRUE(service.create_bucket(*begun, input));
        ASSERT_TRUE(begun->commit());
    }
    void rules(std::vector<api::LifecycleRule> list) {
        EXPECT_TRUE(put_rules(std::move(list)));
    }
    bool put_rules(std::vector<api::LifecycleRule> list) {
        auto begun = request();
        api::PutBucketLifecycleConfigurationInput input;
        input.bucket = "some-bucket";
        input.lifecycle_configuration.emplace();
        for (auto& rule : list) {
            rule.status = rule.status.value_or("Enabled");
            input.lifecycle_configuration->rules.push_back(std::move(rule));
        }
        const auto put = service.put_bucket_lifecycle_configuration(*begun, input);
        return put && begun->commit();
    }
    void set_versioning(const char* status) {
        auto begun = request();
        api::PutBucketVersioningInput input;
        input.bucket = "some-bucket";
        input.versioning_configuration.status = status;
        ASSERT_TRUE(service.put_bucket_versioning(*begun, input));
        ASSERT_TRUE(begun->commit());
    }
    void put(const std::string& key, const std::string& tags = {}) {
        auto begun = request();
        api::PutObjectInput input;
        input.bucket = "some-bucket";
        input.key = key;
        if (!tags.empty()) input.tagging = tags;
        ASSERT_TRUE(service.put_object(*begun, input));
    }
    void remove(const std::string& key) {
        auto begun = request();
        api::DeleteObjectInput input;
        input.bucket = "some-bucket";
        input.key = key;
        ASSERT_TRUE(service.delete_object(*begun, input));
    }
    /// "key" of each version, newest first, "key!" of delete markers.
    std::string listed() {
        std::string all;
        const auto look = store.read();
        EXPECT_TRUE(versions.scan(*look, {"some-bucket"}, [&](Version& version) {
            all += (all.empty() ? "" : " ") + version.key + (version.delete_marker ? "!" : "");
        }));
        return all;
    }
    void pass() {
        clock.advance(std::chrono::minutes{1});
        const auto outcome = lifecycle.reconcile();
        ASSERT_TRUE(outcome) << outcome.error().message;
    }
    static api::LifecycleRule days(std::int64_t count, const std::string& prefix = {}) {
        api::LifecycleRule rule;
        rule.filter.emplace().prefix = prefix;
        rule.expiration.emplace().days = count;
        return rule;
    }

    std::unique_ptr<store::KeyRing> ring = store::KeyRing::in_memory(random);
    Service service{random, *ring, "/nonexistent"};  // Nothing here is long enough for a file.
    Lifecycle lifecycle{service, store, clock, timeline};
};

TEST(LifecycleRules, DaysAreRoundedUpToTheNextMidnight) {
    const auto at = [](const char* text) { return base::parse_time(text).value(); };
    EXPECT_EQ(due_after(at("2014-01-15T10:30:00Z"), 3), at("2014-01-19T00:00:00Z"));
    EXPECT_EQ(due_after(at("2014-01-15T00:00:00Z"), 1), at("2014-01-17T00:00:00Z"));
}

TEST_F(LifecycleTest, ObjectsExpireAtMidnightAfterTheirDays) {
    rules({days(2, "logs/")});
    put("logs/a");
    put("other");
    clock.advance(Days{2});
    pass();
    EXPECT_EQ(listed(), "logs/a other") << "not before midnight";
    clock.advance(Days{1});
    pass();
    EXPECT_EQ(listed(), "other");
    EXPECT_EQ(timeline.events.size(), 1u);
}

TEST_F(LifecycleTest, RulesThatAreDisabledDoNothing) {
    auto rule = days(1);
    rule.status = "Disabled";
    rules({rule});
    put("a");
    clock.advance(Days{9});
    pass();
    EXPECT_EQ(listed(), "a");
}

TEST_F(LifecycleTest, FiltersByTagAndSizeHold) {
    auto tagged = days(1);
    auto& both = tagged.filter->and_.emplace();
    tagged.filter->prefix.reset();
    both.prefix = "x";
    both.tags.emplace_back();
    both.tags.front().key = "keep";
    both.tags.front().value = "no";
    auto large = days(1);
    large.filter->object_size_greater_than = 10;
    rules({tagged, large});
    put("x1", "keep=no");
    put("x2", "keep=yes");
    put("y", "keep=no");
    clock.advance(Days{3});
    pass();
    EXPECT_EQ(listed(), "x2 y") << "empty objects are not larger than 10 bytes";
}

TEST_F(LifecycleTest, ADateExpiresWhateverIsThereFromThenOn) {
    auto rule = days(1);
    rule.expiration->days.reset();
    rule.expiration->date = std::chrono::floor<Days>(clock.now()) + Days{1};
    rules({rule});
    put("a");
    pass();
    EXPECT_EQ(listed(), "a");
    clock.advance(Days{1});
    put("b");
    pass();
    EXPECT_EQ(listed(), "");
}

TEST_F(LifecycleTest, WithVersionsAnExpiredObjectGetsAMarkerAndOldVersionsGoLater) {
    set_versioning("Enabled");
    auto rule = days(1);
    rule.noncurrent_version_expiration.emplace().noncurrent_days = 2;
    rules({rule});
    put("a");
    clock.advance(Days{3});
    pass();
    EXPECT_EQ(listed(), "a! a");
    clock.advance(Days{4});
    pass();
    EXPECT_EQ(listed(), "a!");
    pass();
    EXPECT_EQ(listed(), "") << "a marker with nothing under it goes once it is as old";
}

TEST_F(LifecycleTest, NewerNoncurrentVersionsAreKept) {
    set_versioning("Enabled");
    api::LifecycleRule rule;
    rule.filter.emplace();
    auto& action = rule.noncurrent_version_expiration.emplace();
    action.noncurrent_days = 1;
    action.newer_noncurrent_versions = 2;
    rules({rule});
    for (int i = 0; i < 5; ++i) put("a");
    clock.advance(Days{3});
    pass();
    EXPECT_EQ(listed(), "a a a");
}

TEST_F(LifecycleTest, ExpiredDeleteMarkersGoAtOnceAndOnlyThey) {
    set_versioning("Enabled");
    api::LifecycleRule rule;
    rule.filter.emplace();
    rule.expiration.emplace().expired_object_delete_marker = true;
    rules({rule});
    remove("gone");
    put("here");
    remove("here");
    pass();
    EXPECT_EQ(listed(), "here! here");
}

TEST_F(LifecycleTest, UploadsThatNobodyCompletesAreAborted) {
    api::LifecycleRule rule;
    rule.filter.emplace().prefix = "up/";
    rule.abort_incomplete_multipart_upload.emplace().days_after_initiation = 1;
    rules({rule});
    for (const char* key : {"up/a", "b"}) {
        api::CreateMultipartUploadInput input;
        input.bucket = "some-bucket";
        input.key = key;
        auto begun = request();
        ASSERT_TRUE(service.create_multipart_upload(*begun, input));
        ASSERT_TRUE(begun->commit());
    }
    clock.advance(Days{2});
    pass();
    const auto left = uploads.all(*store.read()).value();
    ASSERT_EQ(left.size(), 1u);
    EXPECT_EQ(left.front().key, "b");
}

TEST_F(LifecycleTest, RulesThatCannotBeMeantAreRefused) {
    EXPECT_FALSE(put_rules({days(0)}));
    auto date = days(1);
    date.expiration->days.reset();
    date.expiration->date = base::Time{base::Seconds{5}};
    EXPECT_FALSE(put_rules({date}));
    auto both = days(1);
    both.expiration->expired_object_delete_marker = true;
    EXPECT_FALSE(put_rules({both}));
    auto transition = days(1);
    transition.transitions.emplace_back().storage_class = "GLACIER";
    EXPECT_FALSE(put_rules({transition}));
}

}  // namespace
}  // namespace stormglass::s3
