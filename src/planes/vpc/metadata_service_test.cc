#include "planes/vpc/metadata_service.h"

#include <gtest/gtest.h>

#include "planes/vpc/testing.h"

namespace stormglass::vpc {
namespace {

class MetadataTest : public ::testing::Test {
protected:
    using Headers = std::vector<std::pair<std::string, std::string>>;

    MetadataTest() { use(test_config()); }
    void use(const Config& config) { service.use(std::make_shared<const Config>(config)); }

    HttpResponse send(const std::string& method, const std::string& path, Headers headers = {},
                      const std::string& from = "127.0.0.1") {
        HttpRequest request;
        request.method = method;
        request.path = path;
        request.headers = std::move(headers);
        return service.handle(request, from);
    }
    std::string token(const std::string& life = "60", const std::string& from = "127.0.0.1") {
        return send("PUT", "/latest/api/token", {{"x-aws-ec2-metadata-token-ttl-seconds", life}},
                    from)
            .body;
    }
    HttpResponse get(const std::string& path) {
        return send("GET", path, {{"x-aws-ec2-metadata-token", token()}});
    }
    std::string read(const std::string& path) {
        const HttpResponse response = get("/latest/" + path);
        return response.status == 200 ? response.body : std::to_string(response.status);
    }
    int put_status(const std::string& path, Headers headers) {
        return send("PUT", path, std::move(headers)).status;
    }

    base::ManualClock clock;
    base::SeededRandom random{1};
    MetadataService service{clock, random};
};

constexpr char life[] = "x-aws-ec2-metadata-token-ttl-seconds";

}  // namespace

TEST_F(MetadataTest, ASpotInstanceReadsItsNotices) {
    EXPECT_EQ(read("meta-data/spot/instance-action"), "404");
    EXPECT_EQ(read("meta-data/events/recommendations/rebalance"), "404");
    Config config = test_config();
    config.instances.at(0).is_spot = true;
    config.instances.at(0).rebalance_notice = "2026-11-24T15:00:00Z";
    config.instances.at(0).spot_ends = "2026-11-24T15:02:00Z";
    use(config);
    EXPECT_EQ(read("meta-data/instance-life-cycle"), "spot");
    EXPECT_EQ(read("meta-data/spot/instance-action"),
              R"({"action": "terminate", "time": "2026-11-24T15:02:00Z"})");
    EXPECT_EQ(read("meta-data/spot/termination-time"), "2026-11-24T15:02:00Z");
    EXPECT_EQ(read("meta-data/events/recommendations/rebalance"),
              R"({"noticeTime": "2026-11-24T15:00:00Z"})");
}

TEST_F(MetadataTest, ATokenIsNeededAndWorksUntilItExpires) {
    EXPECT_EQ(send("GET", "/latest/meta-data/instance-id").status, 401);
    const Headers with_token{{"x-aws-ec2-metadata-token", token("60")}};
    const HttpResponse first = send("GET", "/latest/meta-data/instance-id", with_token);
    EXPECT_EQ(first.body, "i-0abc0000000000001");
    EXPECT_EQ(first.headers.at(0).second, "60");
    clock.advance(base::Seconds{59});
    EXPECT_EQ(send("GET", "/latest/meta-data/instance-id", with_token).status, 200);
    clock.advance(base::Seconds{1});
    EXPECT_EQ(send("GET", "/latest/meta-data/instance-id", with_token).status, 401);
}

TEST_F(MetadataTest, TokenRequestsAreCheckedAsOnAws) {
    EXPECT_EQ(put_status("/latest/api/token", {}), 400);
    for (const char* bad : {"0", "21601", "x", "-1", ""}) {
        EXPECT_EQ(put_status("/latest/api/token", {{life, bad}}), 400) << bad;
    }
    EXPECT_EQ(put_status("/latest/api/token", {{life, "21600"}}), 200);
    EXPECT_EQ(put_status("/latest/api/token", {{life, "60"}, {"x-forwarded-for", "10.0.0.1"}}),
              403);
    EXPECT_EQ(put_status("/2021-01-03/api/token", {{life, "60"}}), 403);
    EXPECT_EQ(put_status("/latest/meta-data/", {{life, "60"}}), 405);
    EXPECT_EQ(get("/latest/api/token").status, 405);
    EXPECT_EQ(send("POST", "/latest/meta-data/").status, 405);
}

TEST_F(MetadataTest, TheTokenAnswerCarriesTheHopLimit) {
    Config config = test_config();
    config.instances[0].hop_limit = 2;
    use(config);
    EXPECT_EQ(send("PUT", "/latest/api/token", {{life, "60"}}).ip_ttl, 2);
    EXPECT_FALSE(get("/latest/meta-data/").ip_ttl);
}

TEST_F(MetadataTest, ATokenBelongsToOneInstance) {
    const std::string mine = token("60", "127.0.0.1"), its = token("60", "127.0.0.2");
    EXPECT_EQ(send("GET", "/latest/", {{"x-aws-ec2-metadata-token", its}}).status, 401);
    EXPECT_EQ(send("GET", "/latest/", {{"x-aws-ec2-metadata-token", mine}}, "127.0.0.2").status,
              401)
        << "a wrong token is refused even where none is needed";
    EXPECT_EQ(send("GET", "/latest/", {}, "127.0.0.2").status, 200);
    for (const char* forged :
         {"", "x", "AAAA", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIj"}) {
        EXPECT_EQ(send("GET", "/latest/", {{"x-aws-ec2-metadata-token", forged}}).status, 401);
    }
    EXPECT_EQ(mine.size(), 56U) << "as long as AWS's";
}

TEST_F(MetadataTest, TokensOutliveAReloadAndADisabledEndpointAnswers403) {
    const Headers with_token{{"x-aws-ec2-metadata-token", token()}};
    use(test_config());
    EXPECT_EQ(send("GET", "/latest/", with_token).status, 200);
    Config config = test_config();
    config.instances[0].endpoint_enabled = false;
    use(config);
    EXPECT_EQ(send("GET", "/latest/", with_token).status, 403);
    EXPECT_EQ(put_status("/latest/api/token", {{life, "60"}}), 403);
    EXPECT_EQ(send("GET", "/latest/", {}, "10.9.9.9").status, 404) << "nobody's address";
}

TEST_F(MetadataTest, FoldersAreListedAsAwsListsThem) {
    EXPECT_EQ(read(""), "dynamic\nmeta-data\nuser-data");
    const std::string top = read("meta-data/");
    EXPECT_EQ(read("meta-data"), top);
    for (const char* line : {"ami-id\n", "autoscaling/\n", "iam/\n", "instance-id\n", "network/\n",
                             "placement/\n", "public-keys/\n", "security-groups\n", "tags/"}) {
        EXPECT_NE(top.find(line), std::string::npos) << line;
    }
    EXPECT_EQ(read("meta-data/network/interfaces/macs/"), "02:00:00:00:00:01/");
    EXPECT_EQ(read("meta-data/placement/"), "availability-zone\navailability-zone-id\nregion");
    EXPECT_EQ(read("meta-data/iam/security-credentials/"), "web-role");
    EXPECT_EQ(read("meta-data/public-keys/"), "0=ops");
    EXPECT_EQ(read("meta-data/public-keys/0/openssh-key"), "ssh-ed25519 AAAA ops");
    EXPECT_EQ(get("/").body.substr(0, 15), "1.0\n2007-01-19\n");
}

TEST_F(MetadataTest, EveryDocumentedLeafIsThere) {
    const std::pair<const char*, const char*> leaves[] = {
        {"ami-id", "ami-0debian12"},
        {"instance-type", "t3.micro"},
        {"local-ipv4", "127.0.0.1"},
        {"public-ipv4", "203.0.113.9"},
        {"hostname", "ip-127-0-0-1.ec2.internal"},
        {"mac", "02:00:00:00:00:01"},
        {"security-groups", "web\ndefault"},
        {"placement/availability-zone", "us-east-1a"},
        {"placement/region", "us-east-1"},
        {"autoscaling/target-lifecycle-state", "InService"},
        {"tags/instance/Name", "web 1"},
        {"tags/instance/Empty", ""},
        {"network/interfaces/macs/02:00:00:00:00:01/subnet-id", "subnet-1"},
        {"network/interfaces/macs/02:00:00:00:00:01/security-group-ids", "sg-1"},
        {"network/interfaces/macs/02:00:00:00:00:01/ipv4-associations/203.0.113.9", "127.0.0.1"},
        {"services/domain", "amazonaws.com"},
    };
    for (const auto& [path, value] : leaves) {
        EXPECT_EQ(read(std::string("meta-data/") + path), value) << path;
    }
    EXPECT_EQ(read("user-data"), "#!/bin/bash\necho hi\n");
    EXPECT_EQ(get("/2021-07-15/meta-data/instance-id").body, "i-0abc0000000000001");
    EXPECT_EQ(get("/latest//meta-data//instance-id").body, "i-0abc0000000000001");
}

TEST_F(MetadataTest, CredentialsAndTheIdentityDocumentAreJson) {
    const auto keys = *base::parse_json(read("meta-data/iam/security-credentials/web-role"));
    EXPECT_EQ(keys["Code"], "Success");
    EXPECT_EQ(keys["AccessKeyId"], "ASIAEXAMPLE");
    EXPECT_EQ(keys["Expiration"], "2026-11-24T21:00:00Z");
    const auto document = *base::parse_json(read("dynamic/instance-identity/document"));
    EXPECT_EQ(document["instanceId"], "i-0abc0000000000001");
    EXPECT_EQ(document["accountId"], "123456789012");
    EXPECT_EQ(document["region"], "us-east-1");
    EXPECT_TRUE(document["kernelId"].is_null());
    EXPECT_EQ((*base::parse_json(read("meta-data/iam/info")))["InstanceProfileId"], "AIPAWEB");
}

TEST_F(MetadataTest, WhatAnInstanceLacksIsNotFoundInAwsWords) {
    for (const char* path :
         {"user-data", "meta-data/iam/", "meta-data/tags/", "meta-data/public-ipv4",
          "meta-data/autoscaling/target-lifecycle-state", "nonsense"}) {
        const HttpResponse response = send("GET", std::string("/latest/") + path, {}, "127.0.0.2");
        EXPECT_EQ(response.status, 404) << path;
        EXPECT_NE(response.body.find("<h1>404 - Not Found</h1>"), std::string::npos);
        EXPECT_EQ(response.content_type, "text/html");
    }
    EXPECT_EQ(send("GET", "/1999-01-01/meta-data/", {}, "127.0.0.2").status, 404);
}

TEST(Http, RequestsAreTakenOneByOneAndBadOnesRefused) {
    std::string buffer =
        "GET /a?q=1 HTTP/1.1\r\nHost: x\r\nX-Y:  z \r\n\r\nPUT /b HTTP/1.1\r\nContent-Length: "
        "2\r\n\r\nok"
        "GET /c HTTP/1.0\r\n\r\n";
    HttpRequest request;
    ASSERT_EQ(take_request(buffer, request), ParseState::complete);
    EXPECT_EQ(request.path, "/a");
    EXPECT_EQ(request.header("x-y"), "z");
    EXPECT_TRUE(request.keep_alive);
    ASSERT_EQ(take_request(buffer, request), ParseState::complete);
    EXPECT_EQ(request.method, "PUT");
    ASSERT_EQ(take_request(buffer, request), ParseState::complete);
    EXPECT_FALSE(request.keep_alive);
    EXPECT_EQ(take_request(buffer, request), ParseState::incomplete);
    for (std::string bad :
         {std::string("GET\r\n\r\n"), std::string("GET x HTTP/1.1\r\n\r\n"),
          std::string("GET / HTTP/2\r\n\r\n"), std::string("GET / HTTP/1.1\r\nbad\r\n\r\n"),
          std::string("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"),
          std::string("PUT / HTTP/1.1\r\nContent-Length: 9999\r\n\r\n"),
          std::string("GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"),
          std::string(request_head_bytes_max + 1, 'x')}) {
        EXPECT_EQ(take_request(bad, request), ParseState::malformed);
    }
}

TEST(Http, NoBytesCrashTheParser) {
    base::SeededRandom random(9);
    const std::string seed =
        "PUT /latest/api/token HTTP/1.1\r\nHost: 169.254.169.254\r\nContent-Length: 0\r\n\r\n";
    for (int i = 0; i < 20000; ++i) {
        std::string mutant = seed;
        for (int edits = 0; edits < 3; ++edits) {
            mutant[random.below(mutant.size())] = static_cast<char>(random.below(256));
        }
        HttpRequest request;
        if (take_request(mutant, request) == ParseState::complete) {
            EXPECT_FALSE(request.method.empty());
        }
    }
}

}  // namespace stormglass::vpc
