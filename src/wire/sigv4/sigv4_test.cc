#include "wire/sigv4/sigv4.h"

#include <gtest/gtest.h>

#include <chrono>

#include "base/file.h"
#include "base/json.h"
#include "base/random.h"
#include "base/strings.h"
#include "wire/sigv4/errors.h"
#include "wire/sigv4/sigv4_fuzz.h"

namespace stormglass::wire::sigv4 {
namespace {

struct Vector {
    std::string name, flavour, method, path, query, body_sha256, token;
    HeaderList headers;
    std::optional<base::Time> signed_at;  // When not at Vectors::now.
};

struct Vectors {
    base::Time now;
    std::string secret;
    std::vector<Vector> all;
};

const Vectors& vectors() {
    static const Vectors made = [] {
        const auto json = *base::parse_json(*base::read_file(SIGV4_VECTORS));
        Vectors to{*base::parse_time(json["now"].get<std::string>()), json["secret"], {}};
        for (const auto& from : json["vectors"]) {
            Vector one{from["name"],  from["flavour"],     from["method"], from["path"],
                       from["query"], from["body_sha256"], from["token"],  {}};
            for (const auto& header : from["headers"])
                one.headers.emplace_back(header[0], header[1]);
            if (from.contains("now"))
                one.signed_at = *base::parse_time(from["now"].get<std::string>());
            to.all.push_back(std::move(one));
        }
        return to;
    }();
    return made;
}

Flavour flavour_of(const Vector& vector) {
    if (vector.flavour == "s3") return Flavour::s3;
    if (vector.flavour == "ec2") return Flavour::ec2;
    return vector.flavour == "json" ? Flavour::json : Flavour::query;
}

RequestView view(const Vector& vector) {
    return {vector.method, vector.path, vector.query, &vector.headers, vector.body_sha256};
}

const Vector& named(std::string_view name) {
    for (const Vector& vector : vectors().all) {
        if (vector.name == name) return vector;
    }
    ADD_FAILURE() << "no vector " << name;
    return vectors().all.front();
}

Result<void> check(const Vector& vector, base::Time now, Flavour flavour) {
    SigningKeys keys;
    const auto credential = TRY(parse_credential(view(vector), flavour));
    if (!credential) return missing_authentication(flavour);
    return verify(*credential, view(vector), vectors().secret, now, flavour, keys);
}
Result<void> check(const Vector& vector) {
    return check(vector, vector.signed_at.value_or(vectors().now), flavour_of(vector));
}

/// Replaces a header of a copy of the vector.
Vector with_header(Vector vector, std::string_view name, std::string value) {
    for (auto& header : vector.headers) {
        if (base::equals_ignore_case(header.first, name)) {
            header.second = std::move(value);
            return vector;
        }
    }
    vector.headers.emplace_back(name, std::move(value));
    return vector;
}

std::string message_of(const Result<void>& result) {
    return result ? "accepted" : result.error().code + ": " + result.error().message;
}

}  // namespace

TEST(SigV4, EveryRequestSignedByBotocoreAndCurlIsAccepted) {
    ASSERT_GE(vectors().all.size(), 17U);
    for (const Vector& vector : vectors().all) {
        const auto result = check(vector);
        EXPECT_TRUE(result) << vector.name << ": " << message_of(result);
    }
}

TEST(SigV4, TheCredentialSaysWhoSignedWhat) {
    const auto credential =
        **parse_credential(view(named("sts with a session token")), Flavour::query);
    EXPECT_EQ(credential.access_key_id, "AKIDEXAMPLE0000000AA");
    EXPECT_EQ(credential.region, "us-east-1");
    EXPECT_EQ(credential.service, "sts");
    EXPECT_EQ(credential.security_token, named("sts with a session token").token);
    const auto presigned = **parse_credential(
        view(named("s3 presigned put with a token and parameters")), Flavour::s3);
    EXPECT_EQ(presigned.carrier, Carrier::presigned);
    EXPECT_EQ(presigned.expires, presigned_life_max);
    EXPECT_EQ(presigned.security_token, named("sts with a session token").token);
}

TEST(SigV4, AnyChangeToASignedRequestIsRefused) {
    for (const Vector& original : vectors().all) {
        std::vector<Vector> changed(4, original);
        changed[0].method = "DELETE";
        changed[1].path += "x";
        changed[2].query += changed[2].query.empty() ? "z=1" : "&z=1";
        changed[3] = with_header(original, "host", "evil.example");
        for (const Vector& vector : changed) {
            EXPECT_FALSE(check(vector)) << vector.name << " " << vector.path << vector.query;
        }
    }
}

TEST(SigV4, AChangedBodyIsRefusedUnlessTheBodyIsUnsigned) {
    Vector vector = named("sts query");
    vector.body_sha256 = std::string(64, '0');
    EXPECT_EQ(check(vector).error().code, "SignatureDoesNotMatch");
    Vector unsigned_body = named("s3 presigned get");
    unsigned_body.body_sha256 = std::string(64, '0');
    EXPECT_TRUE(check(unsigned_body));
}

TEST(SigV4, AWrongSecretGetsTheWordsOfTheDialect) {
    SigningKeys keys;
    const auto refusal = [&](const char* name, Flavour flavour) {
        const Vector& vector = named(name);
        const auto credential = **parse_credential(view(vector), flavour);
        return verify(credential, view(vector), "wrong", vectors().now, flavour, keys).error();
    };
    const Error query = refusal("sts query", Flavour::query);
    EXPECT_EQ(query.code, "SignatureDoesNotMatch");
    EXPECT_EQ(query.http_status, 403);
    EXPECT_EQ(
        query.message,
        "The request signature we calculated does not match the signature you provided. Check "
        "your AWS Secret Access Key and signing method. Consult the service documentation for "
        "details.");
    EXPECT_EQ(refusal("sts query", Flavour::json).code, "InvalidSignatureException");
    EXPECT_EQ(refusal("sts query", Flavour::ec2).code, "AuthFailure");
    EXPECT_EQ(
        refusal("s3 get", Flavour::s3).message,
        "The request signature we calculated does not match the signature you provided. Check "
        "your key and signing method.");
}

TEST(SigV4, AClockMoreThanFifteenMinutesOffIsRefused) {
    const Vector& vector = named("sts query");
    const base::Time now = vectors().now;
    EXPECT_TRUE(check(vector, now + skew_max, Flavour::query));
    EXPECT_TRUE(check(vector, now - skew_max, Flavour::query));
    EXPECT_EQ(message_of(check(vector, now + skew_max + base::Seconds{1}, Flavour::query)),
              "SignatureDoesNotMatch: Signature expired: 20261124T150257Z is now earlier than "
              "20261124T150258Z (20261124T151758Z - 15 min.)");
    EXPECT_EQ(message_of(check(vector, now - skew_max - base::Seconds{1}, Flavour::query)),
              "SignatureDoesNotMatch: Signature not yet current: 20261124T150257Z is still later "
              "than 20261124T150256Z (20261124T144756Z + 15 min.)");
    EXPECT_EQ(check(named("s3 get"), now + base::Seconds{901}, Flavour::s3).error().code,
              "RequestTimeTooSkewed");
}

TEST(SigV4, APresignedUrlLivesAsLongAsItSays) {
    const Vector& vector = named("s3 presigned get");
    const base::Time now = vectors().now;
    EXPECT_TRUE(check(vector, now + base::Seconds{3600}, Flavour::s3));
    EXPECT_EQ(message_of(check(vector, now + base::Seconds{3601}, Flavour::s3)),
              "AccessDenied: Request has expired");
    EXPECT_EQ(message_of(check(vector, now - base::Seconds{901}, Flavour::s3)),
              "AccessDenied: Request is not valid yet");
}

TEST(SigV4, PresignedParametersAreCheckedInAwsWords) {
    const auto refusal = [](std::string_view from, std::string_view to) {
        Vector vector = named("s3 presigned get");
        const std::size_t at = vector.query.find(from);
        EXPECT_NE(at, std::string::npos) << from;
        vector.query.replace(at, from.size(), to);
        return message_of(check(vector));
    };
    const std::string code = "AuthorizationQueryParametersError: ";
    EXPECT_EQ(refusal("X-Amz-Expires=3600", "X-Amz-Expires=604801"),
              code +
                  "X-Amz-Expires must be less than a week (in seconds); that is, the given "
                  "X-Amz-Expires must be less than 604800 seconds");
    EXPECT_EQ(refusal("X-Amz-Expires=3600", "X-Amz-Expires=-1"),
              code + "X-Amz-Expires must be non-negative");
    EXPECT_EQ(refusal("X-Amz-Expires=3600", "X-Amz-Expires=x"),
              code + "X-Amz-Expires should be a number");
    EXPECT_EQ(refusal("X-Amz-Expires=3600", "y=1"),
              code +
                  "Query-string authentication version 4 requires the X-Amz-Algorithm, "
                  "X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and "
                  "X-Amz-Expires parameters.");
    EXPECT_EQ(refusal("X-Amz-Expires=3600", "X-Amz-Expires=7200").substr(0, 22),
              "SignatureDoesNotMatch:");
}

TEST(SigV4, ARequestWithoutACredentialIsAnonymous) {
    Vector vector = named("s3 get");
    std::erase_if(vector.headers, [](const auto& header) {
        return base::equals_ignore_case(header.first, "authorization");
    });
    const auto credential = parse_credential(view(vector), Flavour::s3);
    ASSERT_TRUE(credential);
    EXPECT_FALSE(*credential);
    EXPECT_EQ(missing_authentication(Flavour::query).error().code, "MissingAuthenticationToken");
    EXPECT_EQ(missing_authentication(Flavour::s3).error().code, "AccessDenied");
}

TEST(SigV4, OtherSignatureSchemesAreRefusedByName) {
    const auto refusal = [](const char* header, Flavour flavour) {
        return check(with_header(named("s3 get"), "authorization", header), vectors().now, flavour);
    };
    EXPECT_EQ(message_of(refusal("AWS AKID:c2lnbmF0dXJl", Flavour::s3)),
              "InvalidRequest: The authorization mechanism you have provided is not supported. "
              "Please use AWS4-HMAC-SHA256.");
    EXPECT_EQ(refusal("AWS4-ECDSA-P256-SHA256 Credential=x", Flavour::s3).error().code,
              "InvalidRequest");
    EXPECT_EQ(refusal("Bearer x", Flavour::s3).error().code, "InvalidArgument");
    EXPECT_EQ(refusal("AWS4-ECDSA-P256-SHA256 Credential=x", Flavour::query).error().code,
              "IncompleteSignature");
    Vector old_query = named("s3 presigned get");
    old_query.query = "AWSAccessKeyId=AKID&Expires=1&Signature=x";
    EXPECT_EQ(check(old_query).error().code, "InvalidRequest");
}

TEST(SigV4, AnIncompleteHeaderSaysWhatIsMissing) {
    const Vector vector =
        with_header(named("sts query"), "authorization", "AWS4-HMAC-SHA256 Credential=a/b");
    const auto result = check(vector);
    EXPECT_EQ(message_of(result),
              "IncompleteSignature: Authorization header requires 'Signature' parameter. "
              "Authorization header requires 'SignedHeaders' parameter. "
              "Authorization=AWS4-HMAC-SHA256 Credential=a/b");
    const Vector scope = with_header(
        named("sts query"), "authorization",
        "AWS4-HMAC-SHA256 Credential=AKID/20261124/us-east-1/sts, SignedHeaders=host, Signature=f");
    EXPECT_EQ(message_of(check(scope)),
              "IncompleteSignature: Credential must have exactly 5 slash-delimited elements, e.g. "
              "keyid/date/region/service/term, got 'AKID/20261124/us-east-1/sts'");
}

TEST(SigV4, TheScopesDayMustBeTheSignaturesDay) {
    const Vector vector = with_header(named("sts query"), "x-amz-date", "20261125T000000Z");
    EXPECT_EQ(
        message_of(check(vector)),
        "SignatureDoesNotMatch: Date in Credential scope does not match YYYYMMDD from ISO-8601 "
        "version of date from HTTP: '20261124' != '20261125', from '20261125T000000Z'.");
}

TEST(SigV4, S3RefusesAmazonHeadersThatAreNotSigned) {
    const Vector vector = with_header(named("s3 presigned get"), "X-Amz-Acl", "public-read");
    EXPECT_EQ(message_of(check(vector)),
              "AccessDenied: There were headers present in the request which were not signed");
}

TEST(SigV4, SigningKeysAreBoundedAndNoticeAChangedSecret) {
    SigningKeys keys;
    const KeyScope scope{"AKID", "20261124", "us-east-1", "s3"};
    const std::string first = keys.get(scope, "one");
    EXPECT_EQ(keys.get(scope, "one"), first);
    EXPECT_NE(keys.get(scope, "two"), first);
    for (int i = 0; i < 5000; ++i) {
        const std::string id = std::to_string(i);
        keys.get({id, "20261124", "us-east-1", "s3"}, "one");
    }
    EXPECT_LE(keys.size(), 2 * SigningKeys::entries_max);
}

TEST(SigV4, SignatureOfEveryCarrierSurvivesSigningAnew) {
    SigningKeys keys;
    for (const Vector& vector : vectors().all) {
        const auto credential = **parse_credential(view(vector), flavour_of(vector));
        EXPECT_EQ(sign(credential, view(vector), vectors().secret, flavour_of(vector), keys),
                  credential.signature)
            << vector.name;
    }
}

TEST(SigV4, ParsingAndVerifyingCostsWellUnderTwentyMicroseconds) {
    SigningKeys keys;
    const Vector& vector = named("s3 put with a hashed body");
    constexpr int rounds = 2000;
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < rounds; ++i) {
        const auto credential = **parse_credential(view(vector), Flavour::s3);
        ASSERT_TRUE(
            verify(credential, view(vector), vectors().secret, vectors().now, Flavour::s3, keys));
    }
    const std::chrono::duration<double, std::micro> spent =
        std::chrono::steady_clock::now() - start;
    RecordProperty("microseconds_each", std::to_string(spent.count() / rounds));
    std::printf("%.2f microseconds each\n", spent.count() / rounds);
    EXPECT_LT(spent.count() / rounds, 200);  // Room for sanitizers and busy machines.
}

TEST(SigV4, NoInputMakesTheParserCrashOrAccept) {
    base::SeededRandom random(7);
    for (const Vector& vector : vectors().all) {
        std::string text = vector.query + "\n";
        for (const auto& [name, value] : vector.headers) {
            if (name == "Authorization") text += value;
        }
        for (const auto& [name, value] : vector.headers) text += "\n" + name + ":" + value;
        for (int round = 0; round < 300; ++round) {
            std::string mutant = text;
            for (int edits = 0; edits < 3; ++edits) {
                const std::size_t at = random.below(mutant.size());
                if (random.below(3) == 0)
                    mutant.erase(at, random.below(20) + 1);
                else
                    mutant[at] = static_cast<char>(random.below(256));
                if (mutant.empty()) mutant = "x";
            }
            fuzz_credential(mutant);
        }
    }
}

}  // namespace stormglass::wire::sigv4
