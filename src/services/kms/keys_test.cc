#include "services/common/testing.h"
#include "services/kms/service.h"

namespace stormglass::kms {
namespace {

class KmsKeys : public services::ServiceTest {
protected:
    api::KeyMetadata create(api::CreateKeyInput input = {}) {
        return *service.create_key(*call, input)->key_metadata;
    }
    std::unique_ptr<store::KeyRing> ring = store::KeyRing::in_memory(random);
    Service service{*ring, random};
    std::unique_ptr<wire::Request> call = request();
};

TEST_F(KmsKeys, AKeyIsFoundByIdArnAliasAndAliasArn) {
    const auto key = create();
    ASSERT_TRUE(service.create_alias(*call, {"alias/x", *key.key_id}));
    for (const auto& name : {*key.key_id, *key.arn, std::string("alias/x"),
                             std::string("arn:aws:kms:us-east-1:123456789012:alias/x")}) {
        api::DescribeKeyInput input;
        input.key_id = name;
        const auto found = service.describe_key(*call, input);
        ASSERT_TRUE(found) << name;
        EXPECT_EQ(found->key_metadata->key_id, key.key_id);
    }
}

TEST_F(KmsKeys, AbsentKeysAreNamedInTheError) {
    api::DescribeKeyInput input;
    input.key_id = "key_id";
    EXPECT_EQ(service.describe_key(*call, input).error().message, "Invalid keyId 'key_id'");
    input.key_id = "00000000-0000-0000-0000-000000000000";
    EXPECT_EQ(service.describe_key(*call, input).error().message,
              "Key 'arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000' "
              "does not exist");
}

TEST_F(KmsKeys, WhatKeysCannotBeIsRefused) {
    api::CreateKeyInput input;
    input.key_spec = "RSA_2048";
    EXPECT_EQ(service.create_key(*call, input).error().code, "UnsupportedOperationException");
    input = {};
    input.multi_region = true;
    EXPECT_EQ(service.create_key(*call, input).error().code, "UnsupportedOperationException");
    input = {};
    input.policy = "nonsense";
    EXPECT_EQ(service.create_key(*call, input).error().code, "MalformedPolicyDocumentException");
}

TEST_F(KmsKeys, DeletionIsDelayedAndCanBeCancelled) {
    const auto key = create();
    api::ScheduleKeyDeletionInput input;
    input.key_id = *key.key_id;
    const auto scheduled = service.schedule_key_deletion(*call, input);
    ASSERT_TRUE(scheduled);
    EXPECT_EQ(scheduled->deletion_date, clock.now() + base::Days{30});
    EXPECT_EQ(service.schedule_key_deletion(*call, input).error().code, "KMSInvalidStateException");
    EXPECT_EQ(service.enable_key(*call, {*key.key_id}).error().code, "KMSInvalidStateException");
    ASSERT_TRUE(service.cancel_key_deletion(*call, {*key.key_id}));
    EXPECT_EQ(service.describe_key(*call, {*key.key_id, {}})->key_metadata->key_state, "Disabled");
}

TEST_F(KmsKeys, AliasesOfAwsAreNotForCallers) {
    const auto key = create();
    EXPECT_EQ(service.create_alias(*call, {"alias/aws/x", *key.key_id}).error().code,
              "NotAuthorizedException");
    ASSERT_TRUE(service.create_alias(*call, {"alias/x", *key.key_id}));
    EXPECT_EQ(service.create_alias(*call, {"alias/x", *key.key_id}).error().code,
              "AlreadyExistsException");
    ASSERT_TRUE(service.delete_alias(*call, {"alias/x"}));
    EXPECT_EQ(service.delete_alias(*call, {"alias/x"}).error().code, "NotFoundException");
}

TEST_F(KmsKeys, TagsAreCheckedAsAwsDoes) {
    const auto key = create();
    const auto tag = [&](std::vector<api::Tag> tags) {
        api::TagResourceInput input;
        input.key_id = *key.key_id;
        input.tags = std::move(tags);
        return service.tag_resource(*call, input);
    };
    EXPECT_EQ(tag({{"aws:x", "1"}}).error().message, "Tags beginning with aws: are reserved");
    EXPECT_EQ(tag({{"a", "1"}, {"a", "2"}}).error().message, "Duplicate tag keys");
    ASSERT_TRUE(tag({{"a", "1"}, {"b", "2"}}));
    api::UntagResourceInput untag;
    untag.key_id = *key.key_id;
    untag.tag_keys = std::vector<std::string>{"a"};
    ASSERT_TRUE(service.untag_resource(*call, untag));
    api::ListResourceTagsInput list;
    list.key_id = *key.key_id;
    EXPECT_EQ(service.list_resource_tags(*call, list)->tags.size(), 1);
}

TEST_F(KmsKeys, GrantsAreMadeOnceByNameAndRevoked) {
    const auto key = create();
    api::CreateGrantInput input;
    input.key_id = *key.key_id;
    input.grantee_principal = "arn:aws:iam::123456789012:role/r";
    input.operations = std::vector<std::string>{"Decrypt"};
    input.name = "n";
    const auto first = service.create_grant(*call, input),
               second = service.create_grant(*call, input);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->grant_id, second->grant_id);
    api::RevokeGrantInput revoke;
    revoke.key_id = *key.key_id;
    revoke.grant_id = *first->grant_id;
    ASSERT_TRUE(service.revoke_grant(*call, revoke));
    EXPECT_EQ(service.revoke_grant(*call, revoke).error().code, "NotFoundException");
}

TEST_F(KmsKeys, RotationIsShownWhileItIsOn) {
    const auto key = create();
    EXPECT_EQ(service.get_key_rotation_status(*call, {*key.key_id})->key_rotation_enabled, false);
    api::EnableKeyRotationInput input;
    input.key_id = *key.key_id;
    input.rotation_period_in_days = 90;
    ASSERT_TRUE(service.enable_key_rotation(*call, input));
    const auto status = service.get_key_rotation_status(*call, {*key.key_id});
    EXPECT_EQ(status->key_rotation_enabled, true);
    EXPECT_EQ(status->rotation_period_in_days, 90);
    ASSERT_TRUE(service.disable_key_rotation(*call, {*key.key_id}));
}

}  // namespace
}  // namespace stormglass::kms
