// Parameter Store on top of the real kms service, in memory.
#include "services/common/testing.h"
#include "services/kms/service.h"
#include "services/ssm/service.h"

namespace stormglass::ssm {
namespace {

class Parameters : public services::ServiceTest {
protected:
    Result<api::PutParameterOutput> put(const std::string& name, const std::string& value,
                                        const std::string& type = "String", bool overwrite = false) {
        api::PutParameterInput input;
        input.name = name;
        input.value = value;
        input.type = type;
        input.overwrite = overwrite;
        return service.put_parameter(*call, input);
    }
    Result<api::GetParameterOutput> get(const std::string& name, bool decrypt = false) {
        api::GetParameterInput input;
        input.name = name;
        input.with_decryption = decrypt;
        return service.get_parameter(*call, input);
    }
    std::unique_ptr<store::KeyRing> ring = store::KeyRing::in_memory(random);
    kms::Service keys{*ring, random};
    Service service{keys};
    std::unique_ptr<wire::Request> call = request();
};

TEST_F(Parameters, SecureStringsAreShownPlainOnlyOnDemand) {
    ASSERT_TRUE(put("/app/password", "secret", "SecureString"));
    EXPECT_NE(get("/app/password")->parameter->value, "secret");
    EXPECT_EQ(get("/app/password", true)->parameter->value, "secret");
}

TEST_F(Parameters, ADisabledKeyMakesASecureStringUnreadable) {
    const auto key = keys.create_key(*call, {})->key_metadata->key_id;
    api::PutParameterInput input;
    input.name = "/app/password";
    input.value = "secret";
    input.type = "SecureString";
    input.key_id = *key;
    ASSERT_TRUE(service.put_parameter(*call, input));
    ASSERT_TRUE(keys.disable_key(*call, {*key}));
    EXPECT_EQ(get("/app/password", true).error().code, "InvalidKeyId");
    EXPECT_TRUE(get("/app/password"));
}

TEST_F(Parameters, OverwritingMakesAVersionAndMustBeAskedFor) {
    ASSERT_TRUE(put("a", "1"));
    EXPECT_EQ(put("a", "2").error().code, "ParameterAlreadyExists");
    EXPECT_EQ(put("a", "2", "String", true)->version, 2);
    EXPECT_EQ(get("a")->parameter->value, "2");
    EXPECT_EQ(get("a:1")->parameter->value, "1");
    EXPECT_EQ(get("a:9").error().code, "ParameterVersionNotFound");
    EXPECT_EQ(get("b").error().code, "ParameterNotFound");
}

TEST_F(Parameters, ALabelSelectsItsVersionAndMoves) {
    ASSERT_TRUE(put("a", "1"));
    ASSERT_TRUE(put("a", "2", "String", true));
    api::LabelParameterVersionInput input;
    input.name = "a";
    input.parameter_version = 1;
    input.labels = std::vector<std::string>{"live", "aws-not"};
    const auto labelled = service.label_parameter_version(*call, input);
    ASSERT_TRUE(labelled);
    EXPECT_EQ(labelled->invalid_labels, std::vector<std::string>{"aws-not"});
    EXPECT_EQ(get("a:live")->parameter->value, "1");
    input.parameter_version = 2;
    ASSERT_TRUE(service.label_parameter_version(*call, input));
    EXPECT_EQ(get("a:live")->parameter->value, "2");
}

TEST_F(Parameters, AHundredVersionsAreKeptUnlessALabelHoldsTheOldest) {
    ASSERT_TRUE(put("a", "1"));
    for (int i = 2; i <= 101; ++i) ASSERT_TRUE(put("a", std::to_string(i), "String", true));
    EXPECT_EQ(get("a:1").error().code, "ParameterVersionNotFound");
    api::LabelParameterVersionInput input;
    input.name = "a";
    input.parameter_version = 2;
    input.labels = std::vector<std::string>{"keep"};
    ASSERT_TRUE(service.label_parameter_version(*call, input));
    EXPECT_EQ(put("a", "x", "String", true).error().code, "ParameterMaxVersionLimitExceeded");
}

TEST_F(Parameters, PathsListOneLevelOrAll) {
    for (const auto* name : {"/a/x", "/a/b/y", "/ab/z"}) ASSERT_TRUE(put(name, "v"));
    api::GetParametersByPathInput input;
    input.path = "/a";
    EXPECT_EQ(service.get_parameters_by_path(*call, input)->parameters.size(), 1);
    input.recursive = true;
    EXPECT_EQ(service.get_parameters_by_path(*call, input)->parameters.size(), 2);
    input.max_results = 1;
    const auto page = service.get_parameters_by_path(*call, input);
    ASSERT_TRUE(page->next_token);
    input.next_token = page->next_token;
    EXPECT_EQ(service.get_parameters_by_path(*call, input)->parameters.size(), 1);
}

TEST_F(Parameters, NamesValuesAndTypesAreChecked) {
    EXPECT_EQ(put("/aws/x", "v").error().code, "AccessDeniedException");
    EXPECT_EQ(put("a b", "v").error().code, "ValidationException");
    EXPECT_EQ(put("big", std::string(4097, 'x')).error().code, "ValidationException");
    api::PutParameterInput input;
    input.name = "image";
    input.value = "nonsense";
    input.type = "String";
    input.data_type = "aws:ec2:image";
    EXPECT_EQ(service.put_parameter(*call, input).error().code, "ValidationException");
    input.value = "ami-0123456789abcdef0";
    EXPECT_TRUE(service.put_parameter(*call, input));
    input.name = "pattern";
    input.data_type.reset();
    input.allowed_pattern = "\\d+";
    EXPECT_EQ(service.put_parameter(*call, input).error().code,
              "ParameterPatternMismatchException");
}

TEST_F(Parameters, AwsPublishesImages) {
    const auto image =
        get("/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64", true);
    ASSERT_TRUE(image);
    EXPECT_TRUE(image->parameter->value->starts_with("ami-"));
}

}  // namespace
}  // namespace stormglass::ssm
