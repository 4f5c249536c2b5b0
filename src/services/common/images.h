// The public machine images under glass, which ec2 describes and ssm publishes as parameters. Each
// stands for the same root folder, the host's own: only the names are those of AWS.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stormglass::services {

struct PublicImage {
    std::string id;  // Stable for a region, different between regions: "ami-0..."
    std::string name, description;
    std::string owner_id, owner_alias;  // Alias "amazon", or empty.
    std::string root_device;            // "/dev/xvda"
    int root_size_gib = 8;
    std::string created;  // ISO 8601.
    std::vector<std::string> parameters;  // Names under /aws/service/ whose value is `id`.
};

std::vector<PublicImage> public_images(std::string_view region);
std::optional<PublicImage> find_public_image(std::string_view region, std::string_view id);

/// A public parameter of Systems Manager: its full name and the image id it holds.
struct PublicParameter {
    std::string name, value;
};
std::vector<PublicParameter> public_image_parameters(std::string_view region);

}  // namespace stormglass::services
