#include <gtest/gtest.h>

#include "services/common/testing.h"
#include "services/s3/service.h"

namespace stormglass::s3 {
namespace {

class VersionsTest : public services::ServiceTest {
protected:
    void SetUp() override {
        auto r = request();
        api::CreateBucketInput input;
        input.bucket = "some-bucket";
        ASSERT_TRUE(service.create_bucket(*r, input));
        ASSERT_TRUE(r->commit());
    }
    void set_versioning(const char* status) {
        auto r = request();
        api::PutBucketVersioningInput input;
        input.bucket = "some-bucket";
        input.versioning_configuration.status = status;
        ASSERT_TRUE(service.put_bucket_versioning(*r, input));
        ASSERT_TRUE(r->commit());
    }
    void put() {
        auto r = request();
        api::PutObjectInput input;
        input.bucket = "some-bucket";
        input.key = "key";
        ASSERT_TRUE(service.put_object(*r, input));
    }
    std::vector<std::string> ids() {
        auto r = request();
        api::ListObjectVersionsInput input;
        input.bucket = "some-bucket";
        std::vector<std::string> found;
        const auto listed = service.list_object_versions(*r, input);
        for (const auto& version : listed->versions) {
            found.push_back(version.version_id->size() == 32 ? "id" : *version.version_id);
        }
        return found;
    }
    std::unique_ptr<store::KeyRing> ring = store::KeyRing::in_memory(random);
    Service service{random, *ring, "/nonexistent"};  // Nothing here is long enough for a file.
};

TEST_F(VersionsTest, WithoutVersioningThereIsOneHoweverOftenItIsWritten) {
    put();
    put();
    put();
    EXPECT_EQ(ids(), (std::vector<std::string>{"null"}));
}

TEST_F(VersionsTest, SuspendedVersioningReplacesOnlyTheNullVersion) {
    put();
    set_versioning("Enabled");
    put();
    set_versioning("Suspended");
    put();
    put();
    EXPECT_EQ(ids(), (std::vector<std::string>{"null", "id"}));
}

}  // namespace
}  // namespace stormglass::s3
