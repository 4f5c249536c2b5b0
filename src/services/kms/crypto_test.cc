#include "services/common/testing.h"
#include "services/kms/reconciler.h"
#include "services/kms/service.h"

namespace stormglass::kms {
namespace {

class KmsCrypto : public services::ServiceTest {
protected:
    Key make_key() {
        const auto made = service.create_key(*call, {});
        return *keys.get(call->tx(), {"123456789012", "us-east-1", *made->key_metadata->key_id})
                    .value();
    }
    Result<api::EncryptOutput> encrypt(const std::string& key, EncryptionContext context = {}) {
        api::EncryptInput input;
        input.key_id = key;
        input.plaintext = "hello";
        input.encryption_context = context;
        return service.encrypt(*call, input);
    }
    Result<api::DecryptOutput> decrypt(const std::string& blob, EncryptionContext context = {}) {
        api::DecryptInput input;
        input.ciphertext_blob = blob;
        input.encryption_context = context;
        return service.decrypt(*call, input);
    }
    std::unique_ptr<store::KeyRing> ring = store::KeyRing::in_memory(random);
    Service service{*ring, random};
    std::unique_ptr<wire::Request> call = request();
};

TEST_F(KmsCrypto, WhatWasEncryptedDecryptsWithoutNamingTheKey) {
    const auto key = make_key();
    const auto blob = encrypt(key.id);
    ASSERT_TRUE(blob);
    EXPECT_EQ(blob->key_id, key.arn);
    EXPECT_EQ(blob->ciphertext_blob->find("hello"), std::string::npos);
    const auto plain = decrypt(*blob->ciphertext_blob);
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->plaintext, "hello");
    EXPECT_EQ(plain->key_material_id, key.materials[0].id);
}

TEST_F(KmsCrypto, TheEncryptionContextMustBeTheSame) {
    const auto key = make_key();
    const auto blob = encrypt(key.id, {{"a", "1"}});
    EXPECT_EQ(decrypt(*blob->ciphertext_blob).error().code, "InvalidCiphertextException");
    EXPECT_EQ(decrypt(*blob->ciphertext_blob, {{"a", "2"}}).error().code,
              "InvalidCiphertextException");
    EXPECT_TRUE(decrypt(*blob->ciphertext_blob, {{"a", "1"}}));
}

TEST_F(KmsCrypto, AnyChangedByteIsRefused) {
    const auto blob = *encrypt(make_key().id)->ciphertext_blob;
    for (std::size_t i = 0; i < blob.size(); ++i) {
        std::string changed = blob;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        EXPECT_FALSE(decrypt(changed)) << i;
    }
    EXPECT_FALSE(decrypt(blob.substr(0, 20)));
}

TEST_F(KmsCrypto, ADisabledKeyNeitherEncryptsNorDecrypts) {
    const auto key = make_key();
    const auto blob = *encrypt(key.id)->ciphertext_blob;
    ASSERT_TRUE(service.disable_key(*call, {key.id}));
    EXPECT_EQ(encrypt(key.id).error().code, "DisabledException");
    EXPECT_EQ(decrypt(blob).error().code, "DisabledException");
    ASSERT_TRUE(service.enable_key(*call, {key.id}));
    EXPECT_TRUE(decrypt(blob));
}

TEST_F(KmsCrypto, OldCiphertextsStayReadableAfterRotation) {
    const auto key = make_key();
    const auto before = *encrypt(key.id)->ciphertext_blob;
    ASSERT_TRUE(service.rotate_key_on_demand(*call, {key.id}));
    const auto after = *encrypt(key.id)->ciphertext_blob;
    EXPECT_NE(decrypt(before)->key_material_id, decrypt(after)->key_material_id);
    EXPECT_EQ(decrypt(before)->plaintext, "hello");
}

TEST_F(KmsCrypto, ReEncryptMovesToAnotherKey) {
    const auto first = make_key(), second = make_key();
    api::ReEncryptInput input;
    input.ciphertext_blob = *encrypt(first.id)->ciphertext_blob;
    input.destination_key_id = second.id;
    const auto moved = service.re_encrypt(*call, input);
    ASSERT_TRUE(moved);
    EXPECT_EQ(moved->source_key_id, first.arn);
    const auto plain = decrypt(*moved->ciphertext_blob);
    EXPECT_EQ(plain->key_id, second.arn);
    EXPECT_EQ(plain->plaintext, "hello");
}

TEST_F(KmsCrypto, DataKeysComeInBothForms) {
    const auto key = make_key();
    api::GenerateDataKeyInput input;
    input.key_id = key.id;
    EXPECT_EQ(service.generate_data_key(*call, input).error().code, "ValidationException");
    input.key_spec = "AES_256";
    const auto made = service.generate_data_key(*call, input);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->plaintext->size(), 32);
    EXPECT_EQ(decrypt(*made->ciphertext_blob)->plaintext, made->plaintext);
}

TEST_F(KmsCrypto, AManagedKeyIsMadeWhenFirstNeeded) {
    ASSERT_TRUE(encrypt("alias/aws/ssm"));
    const auto again = encrypt("alias/aws/ssm");
    EXPECT_TRUE(decrypt(*again->ciphertext_blob));
    EXPECT_EQ(encrypt("alias/aws/nonsense").error().code, "NotFoundException");
}

TEST_F(KmsCrypto, ADueKeyIsDestroyedWithItsAliases) {
    const auto key = make_key();
    ASSERT_TRUE(service.create_alias(*call, {"alias/x", key.id}));
    const auto blob = *encrypt(key.id)->ciphertext_blob;
    api::ScheduleKeyDeletionInput input;
    input.key_id = key.id;
    input.pending_window_in_days = 7;
    ASSERT_TRUE(service.schedule_key_deletion(*call, input));
    ASSERT_TRUE(call->commit());
    Reconciler reconciler(store, clock, timeline, *ring, random);
    clock.advance(base::Days{6});
    ASSERT_TRUE(reconciler.reconcile());
    call = request();
    EXPECT_EQ(decrypt(blob).error().code, "KMSInvalidStateException");
    call.reset();
    clock.advance(base::Days{2});
    ASSERT_TRUE(reconciler.reconcile());
    call = request();
    EXPECT_EQ(decrypt(blob).error().code, "AccessDeniedException");
    EXPECT_EQ(encrypt("alias/x").error().code, "NotFoundException");
    EXPECT_EQ(timeline.events.size(), 1);
}

TEST_F(KmsCrypto, ADueKeyIsRotated) {
    const auto key = make_key();
    api::EnableKeyRotationInput input;
    input.key_id = key.id;
    ASSERT_TRUE(service.enable_key_rotation(*call, input));
    ASSERT_TRUE(call->commit());
    Reconciler reconciler(store, clock, timeline, *ring, random);
    clock.advance(base::Days{366});
    ASSERT_TRUE(reconciler.reconcile());
    ASSERT_TRUE(reconciler.reconcile());
    call = request();
    const auto rotations = service.list_key_rotations(*call, {.key_id = key.id});
    EXPECT_EQ(rotations->rotations.size(), 1);
}

}  // namespace
}  // namespace stormglass::kms
