// The fuzz targets: every parser that reads bytes of strangers. Each takes any input at all and
// must neither crash nor break the promise that its comment states (CHECK, on in every build).
#pragma once

#include <string_view>

namespace stormglass::fuzz {

struct Target {
    std::string_view name;  // Also its folder below corpus/.
    void (*run)(std::string_view input);
};

/// Null when there is no such target.
const Target* find_target(std::string_view name);

/// First line "PROTOCOL SERVICE OPERATION", the rest the body (form, JSON, CBOR, XML): what was
/// decoded must be written by every codec, and read back from JSON and CBOR as the same value.
void fuzz_codecs(std::string_view input);
/// "METHOD TARGET\nname: value\n...\n\nbody": routed and read as S3 does.
void fuzz_rest(std::string_view input);
/// An identity or resource policy: a parsed one decides on a request, and parses the same again.
void fuzz_policy(std::string_view input);
/// Lines: condition, projection, update, item as JSON.
void fuzz_expression(std::string_view input);
/// First line a filter pattern, the rest a message.
void fuzz_log_pattern(std::string_view input);
/// A DNS packet; its answer keeps to the size asked for.
void fuzz_dns(std::string_view input);
/// The first bytes of a connection to the front door: more bytes never change a decision already
/// taken.
void fuzz_peek(std::string_view input);
/// Texts of API members: CIDRs, addresses, times, numbers, matchers of health checks.
void fuzz_texts(std::string_view input);

}  // namespace stormglass::fuzz
