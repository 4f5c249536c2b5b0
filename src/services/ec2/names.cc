#include "services/ec2/names.h"

#include "base/crypto.h"
#include "base/strings.h"

namespace stormglass::ec2 {
namespace {

std::string dashed(std::string_view address) {
    std::string text(address);
    std::replace(text.begin(), text.end(), '.', '-');
    return text;
}

std::string derived_id(std::string_view prefix, std::string_view from, std::size_t digits) {
    return fmt::format("{}-{}", prefix, base::hex_encode(base::sha256(from)).substr(0, digits));
}

}  // namespace

std::string private_domain(std::string_view region) {
    if (region == "us-east-1") return "ec2.internal";
    return std::string(region) + ".compute.internal";
}

std::string private_name(std::string_view address, std::string_view region) {
    return fmt::format("ip-{}.{}", dashed(address), private_domain(region));
}

std::string public_name(std::string_view address, std::string_view region) {
    const std::string place =
        region == "us-east-1" ? "compute-1" : std::string(region) + ".compute";
    return fmt::format("ec2-{}.{}.amazonaws.com", dashed(address), place);
}

std::string dhcp_options_id(const wire::Request& request) {
    return derived_id("dopt", "dhcp/" + request.account + "/" + request.region, 17);
}

std::string s3_prefix_list_id(std::string_view region) {
    return derived_id("pl", "s3/" + std::string(region), 8);
}

std::string s3_service_name(std::string_view region) {
    return fmt::format("com.amazonaws.{}.s3", region);
}

}  // namespace stormglass::ec2
