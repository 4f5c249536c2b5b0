// Finding a bucket and asking whether the caller may: what every operation begins with.
#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "services/s3/records.h"
#include "wire/request.h"

namespace stormglass::s3 {

using Details = std::initializer_list<std::pair<std::string_view, std::string_view>>;
/// An error with further elements in its document.
Unexpected s3_error(std::string code, std::string message, int status, Details details = {});
/// "A header you provided implies functionality that is not implemented", with what it is.
Unexpected unsupported(std::string_view what);
Unexpected no_such_key(const std::string& key);

struct Wanted {
    std::string bucket, action;  // "s3:GetObject"
    std::string key;             // Empty: the bucket itself.
    std::optional<std::string> expected_owner{};
    std::map<std::string, std::vector<std::string>> context{};
};
Unexpected no_such_bucket(const std::string& name);
/// Whether the caller may do what he wants with a bucket that is there.
Result<void> enter(wire::Request& request, const Bucket& bucket, const Wanted& wanted);
/// The bucket, once the caller may do what he wants with it.
Result<Bucket> open_bucket(wire::Request& request, store::Tx& tx, const Wanted& wanted);
/// Asks again, for another action or object of a bucket that is open.
Result<void> ask(wire::Request& request, const Bucket& bucket, const std::string& action,
                 const std::string& key, std::map<std::string, std::vector<std::string>> context = {});
/// What a missing object answers: only who may list the bucket learns that it is not there.
Unexpected missing_object(wire::Request& request, const Bucket& bucket, const std::string& key);

std::string bucket_arn(const std::string& bucket, const std::string& key = {});
/// The account's canonical user id.
std::string canonical_id(const std::string& account);
/// Does the policy let anybody in (as S3's Block Public Access sees it)?
bool is_public_policy(const std::string& document);

}  // namespace stormglass::s3
