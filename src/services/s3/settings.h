// Sub-resources of a bucket, kept as JSON by the model's own names and read back as what was sent.
#pragma once

#include <string>

#include "api/s3.h"
#include "base/result.h"
#include "services/s3/records.h"
#include "wire/body/json.h"

namespace stormglass::s3 {

inline constexpr const char* encryption_setting = "encryption";
inline constexpr const char* lifecycle_setting = "lifecycle";
inline constexpr const char* ownership_setting = "ownership";
inline constexpr const char* public_access_setting = "public-access";

/// The shape of the body of a Put operation.
inline const wire::Shape& payload_shape(std::string_view put_operation) {
    return *api::model.find(put_operation)->input->payload->shape;
}

template <class T>
std::string to_setting(std::string_view put_operation, const T& value) {
    return wire::body::write_json(payload_shape(put_operation), &value);
}

template <class T>
Result<T> from_setting(std::string_view put_operation, const std::string& text) {
    T value;
    wire::Problems ignored;  // It was checked when it was sent.
    TRY(wire::body::read_json(text, payload_shape(put_operation), &value, ignored));
    return value;
}

/// RestrictPublicBuckets of the public access block.
bool restricts_public(const Bucket& bucket);
/// The settings that every new bucket has.
void set_defaults(Bucket& bucket, const std::string& object_ownership);

}  // namespace stormglass::s3
