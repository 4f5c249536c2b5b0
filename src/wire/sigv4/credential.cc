// Reading the credential: one parser for the Authorization header, one for the presigned query,
// and what both share (scope, date, the lists).
#include <fmt/format.h>

#include <array>
#include <map>

#include "base/strings.h"
#include "wire/sigv4/canonical.h"
#include "wire/sigv4/errors.h"

namespace stormglass::wire::sigv4 {
namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view terminator = "aws4_request";
constexpr char scope_shape[] = "\"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\"";

bool is_digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_amz_date(std::string_view text) {
    return text.size() == 16 && is_digits(text.substr(0, 8)) && text[8] == 'T' &&
           is_digits(text.substr(9, 6)) && text[15] == 'Z';
}

Unexpected malformed_scope(const Credential& credential, Flavour flavour, std::string_view got) {
    if (flavour != Flavour::s3) {
        return incomplete_signature(
            flavour, fmt::format("Credential must have exactly 5 slash-delimited elements, e.g. "
                                 "keyid/date/region/service/term, got '{}'",
                                 got));
    }
    if (credential.carrier == Carrier::presigned) {
        return malformed_query_credential(
            fmt::format("Error parsing the X-Amz-Credential parameter; the Credential is "
                        "mal-formed; expecting {}.",
                        scope_shape));
    }
    return incomplete_signature(
        flavour, fmt::format("the Credential is mal-formed; expecting {}.", scope_shape));
}

/// keyid/date/region/service/aws4_request; the key id itself may hold slashes.
Result<void> read_scope(Credential& to, std::string_view text, Flavour flavour) {
    std::array<std::string_view, 4> tail;  // Terminator, service, region, date.
    std::string_view rest = text;
    for (std::string_view& part : tail) {
        const std::size_t slash = rest.rfind('/');
        if (slash == std::string_view::npos) return malformed_scope(to, flavour, text);
        part = rest.substr(slash + 1);
        rest = rest.substr(0, slash);
    }
    if (rest.empty() || tail[3].size() != 8 || !is_digits(tail[3]) || tail[2].empty() ||
        tail[1].empty()) {
        return malformed_scope(to, flavour, text);
    }
    if (tail[0] != terminator) {
        return bad_scope(flavour,
                         fmt::format("Credential should be scoped with a valid terminator: "
                                     "'aws4_request', not '{}'.",
                                     tail[0]));
    }
    to.access_key_id = rest;
    to.scope_date = tail[3];
    to.region = tail[2];
    to.service = tail[1];
    return {};
}

Result<void> read_signed_headers(Credential& to, std::string_view text, Flavour flavour) {
    for (std::string& name : base::split(text, ';')) {
        if (name.empty()) continue;
        if (to.signed_headers.size() == signed_headers_max) {
            return incomplete_signature(flavour, "too many SignedHeaders");
        }
        to.signed_headers.push_back(base::to_lower(name));
    }
    return {};
}

/// The day of the scope must be the day of the signature's time.
Result<void> check_scope_date(const Credential& credential, Flavour flavour) {
    const std::string_view day = std::string_view(credential.amz_date).substr(0, 8);
    if (day == credential.scope_date) return {};
    if (flavour == Flavour::s3) {
        std::string message = fmt::format(
            "Invalid credential date \"{}\". This date is not the same as X-Amz-Date: "
            "\"{}\".",
            credential.scope_date, day);
        if (credential.carrier == Carrier::presigned) {
            return malformed_query_credential(std::move(message));
        }
        return incomplete_signature(flavour, std::move(message));
    }
    return bad_scope(flavour,
                     fmt::format("Date in Credential scope does not match YYYYMMDD from ISO-8601 "
                                 "version of date from HTTP: '{}' != '{}', from '{}'.",
                                 credential.scope_date, day, credential.amz_date));
}

/// "Credential=..., SignedHeaders=..., Signature=..." in any order, by name.
Result<std::map<std::string, std::string, std::less<>>> read_pairs(std::string_view text,
                                                                   Flavour flavour) {
    std::map<std::string, std::string, std::less<>> pairs;
    for (const std::string& part : base::split(text, ',')) {
        const std::string_view pair = base::trim(part);
        if (pair.empty()) continue;
        const std::size_t equals = pair.find('=');
        if (equals == std::string_view::npos) {
            return incomplete_signature(
                flavour, fmt::format("'{}' not a valid key=value pair (missing equal-sign) in "
                                     "Authorization header: '{} {}'.",
                                     pair, algorithm, text));
        }
        pairs.emplace(base::trim(pair.substr(0, equals)), base::trim(pair.substr(equals + 1)));
    }
    return pairs;
}

Unexpected missing_parts(Flavour flavour, const std::vector<std::string>& missing,
                         std::string_view header) {
    if (flavour == Flavour::s3) {
        return incomplete_signature(flavour, fmt::format("the authorization header requires three "
                                                         "components: Credential, SignedHeaders, "
                                                         "and Signature."));
    }
    return incomplete_signature(
        flavour, fmt::format("{} Authorization={}", base::join(missing, " "), header));
}

/// The signature's time: X-Amz-Date, else Date.
Result<void> read_header_date(Credential& to, const HeaderList& headers, Flavour flavour) {
    auto date = find_header(headers, "x-amz-date");
    if (!date) date = find_header(headers, "date");
    if (date && is_amz_date(*date)) {
        to.amz_date = *date;
    } else if (const auto time = date ? base::parse_time(*date) : Result<base::Time>{};
               date && time) {
        to.amz_date = base::amz_date(*time);
    } else if (flavour == Flavour::s3) {
        return aws_error("AccessDenied",
                         "AWS authentication requires a valid Date or x-amz-date header", 403);
    } else if (date) {
        return incomplete_signature(
            flavour, fmt::format("Date must be in ISO-8601 'basic format'. Got '{}'. See "
                                 "http://en.wikipedia.org/wiki/ISO_8601",
                                 *date));
    } else {
        return incomplete_signature(flavour,
                                    "Authorization header requires existence of either a "
                                    "'X-Amz-Date' or a 'Date' header.");
    }
    const auto time = base::parse_time(to.amz_date);
    if (!time) return incomplete_signature(flavour, "the date of the request is not a date");
    to.signed_at = *time;
    return {};
}

Result<Credential> read_header(std::string_view header, const RequestView& request,
                               Flavour flavour) {
    const std::size_t blank = std::min(header.find(' '), header.size());
    const std::string_view scheme = header.substr(0, blank);
    if (scheme != algorithm) return unsupported_algorithm(flavour, scheme);
    const auto pairs = TRY(read_pairs(base::trim(header.substr(blank)), flavour));
    std::vector<std::string> missing;
    for (const char* name : {"Credential", "Signature", "SignedHeaders"}) {
        const auto found = pairs.find(name);
        if (found == pairs.end() || found->second.empty()) {
            missing.push_back(fmt::format("Authorization header requires '{}' parameter.", name));
        }
    }
    if (!missing.empty()) return missing_parts(flavour, missing, header);

    Credential credential;
    TRY(read_scope(credential, pairs.find("Credential")->second, flavour));
    TRY(read_signed_headers(credential, pairs.find("SignedHeaders")->second, flavour));
    credential.signature = pairs.find("Signature")->second;
    credential.security_token =
        find_header(*request.headers, "x-amz-security-token").value_or(std::string_view{});
    TRY(read_header_date(credential, *request.headers, flavour));
    TRY(check_scope_date(credential, flavour));
    return credential;
}

Result<base::Seconds> read_expires(std::string_view text, Flavour flavour) {
    const auto refuse = [&](const char* message) -> Unexpected {
        if (flavour == Flavour::s3) return malformed_query_credential(message);
        return incomplete_signature(flavour, message);
    };
    const auto value = base::parse_integer(text);
    if (!value) return refuse("X-Amz-Expires should be a number");
    if (*value < 0) return refuse("X-Amz-Expires must be non-negative");
    if (*value == 0 || *value > presigned_life_max.count()) {
        return refuse(
            "X-Amz-Expires must be less than a week (in seconds); that is, the given "
            "X-Amz-Expires must be less than 604800 seconds");
    }
    return base::Seconds{*value};
}

Unexpected missing_query_parts(Flavour flavour) {
    if (flavour == Flavour::s3) {
        return malformed_query_credential(
            "Query-string authentication version 4 requires the X-Amz-Algorithm, "
            "X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and "
            "X-Amz-Expires parameters.");
    }
    return incomplete_signature(
        flavour,
        "AWS query-string parameters must include 'X-Amz-Algorithm', "
        "'X-Amz-Credential', 'X-Amz-Signature', 'X-Amz-SignedHeaders' and 'X-Amz-Date'. "
        "Re-examine the query-string parameters.");
}

Result<Credential> read_query(std::string_view query, std::string_view sent_algorithm,
                              Flavour flavour) {
    if (sent_algorithm != algorithm) {
        if (flavour != Flavour::s3) return unsupported_algorithm(flavour, sent_algorithm);
        return malformed_query_credential("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"");
    }
    const auto scope = query_parameter(query, "X-Amz-Credential");
    const auto date = query_parameter(query, "X-Amz-Date");
    const auto expires = query_parameter(query, "X-Amz-Expires");
    const auto names = query_parameter(query, "X-Amz-SignedHeaders");
    const auto signature = query_parameter(query, "X-Amz-Signature");
    // Services other than S3 let the expiry out: such a URL lives as long as the skew allows.
    const bool expiry_missing = !expires && flavour == Flavour::s3;
    if (!scope || !date || !names || !signature || expiry_missing) {
        return missing_query_parts(flavour);
    }
    Credential credential;
    credential.carrier = Carrier::presigned;
    TRY(read_scope(credential, *scope, flavour));
    TRY(read_signed_headers(credential, *names, flavour));
    credential.signature = *signature;
    credential.security_token = query_parameter(query, "X-Amz-Security-Token").value_or("");
    const auto time = base::parse_time(*date);
    if (!is_amz_date(*date) || !time) {
        const char* message =
            "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"";
        if (flavour == Flavour::s3) return malformed_query_credential(message);
        return incomplete_signature(flavour, message);
    }
    credential.amz_date = *date;
    credential.signed_at = *time;
    credential.expires = skew_max;
    if (expires) credential.expires = TRY(read_expires(*expires, flavour));
    TRY(check_scope_date(credential, flavour));
    return credential;
}

bool has_sigv2_query(std::string_view query) {
    return query.find("AWSAccessKeyId=") != std::string_view::npos &&
           query.find("Signature=") != std::string_view::npos;
}

}  // namespace

std::string Credential::scope() const {
    return fmt::format("{}/{}/{}/{}", scope_date, region, service, terminator);
}

Result<std::optional<Credential>> parse_credential(const RequestView& request, Flavour flavour) {
    const auto header = find_header(*request.headers, "authorization");
    const bool may_be_presigned =
        request.raw_query.find("X-Amz-Algorithm") != std::string_view::npos ||
        request.raw_query.find("X-Amz-Signature") != std::string_view::npos;
    const auto sent_algorithm =
        may_be_presigned ? query_parameter(request.raw_query, "X-Amz-Algorithm") : std::nullopt;
    if (header && sent_algorithm) {
        if (flavour != Flavour::s3) {
            return incomplete_signature(flavour,
                                        "Only one of the Authorization header and the "
                                        "query-string parameters may sign a request.");
        }
        return aws_error("InvalidArgument",
                         "Only one auth mechanism allowed; only the X-Amz-Algorithm query "
                         "parameter, Signature query string parameter or the Authorization header "
                         "should be specified",
                         400);
    }
    if (header) {
        if (header->size() > authorization_bytes_max) {
            return incomplete_signature(flavour, "the Authorization header is too long");
        }
        return TRY(read_header(*header, request, flavour));
    }
    if (sent_algorithm) return TRY(read_query(request.raw_query, *sent_algorithm, flavour));
    if (may_be_presigned) return missing_query_parts(flavour);
    if (has_sigv2_query(request.raw_query)) return unsupported_algorithm(flavour, "AWS");
    return std::nullopt;
}

}  // namespace stormglass::wire::sigv4
