#include "services/common/images.h"

#include "base/crypto.h"
#include "base/strings.h"

namespace stormglass::services {
namespace {

constexpr std::string_view amazon = "137112412989";
constexpr std::string_view debian = "136693071363";
constexpr std::string_view canonical = "099720109477";
constexpr std::string_view amazon_path = "/aws/service/ami-amazon-linux-latest/";
constexpr std::string_view debian_path = "/aws/service/debian/release/";
constexpr std::string_view ubuntu_path = "/aws/service/canonical/ubuntu/server/";

/// Ids look like AWS's and never change for a name in a region.
std::string image_id(std::string_view region, std::string_view name) {
    const std::string digest = base::sha256(std::string(region) + "/" + std::string(name));
    return "ami-0" + base::hex_encode(digest).substr(0, 16);
}

std::vector<std::string> below(std::string_view path, const std::vector<std::string>& names) {
    std::vector<std::string> all;
    for (const auto& name : names) all.push_back(std::string(path) + name);
    return all;
}

std::vector<std::string> ubuntu_parameters(const std::string& number, const std::string& word,
                                           const std::string& volume) {
    const std::string tail = "/stable/current/amd64/hvm/ebs-" + volume + "/ami-id";
    return below(ubuntu_path, {number + tail, word + tail});
}

std::vector<PublicImage> catalogue() {
    return {
        {.id = {}, .name = "al2023-ami-2023.6.20241121.0-kernel-6.1-x86_64",
         .description = "Amazon Linux 2023 AMI 2023.6.20241121.0 x86_64 HVM kernel-6.1",
         .owner_id = std::string(amazon), .owner_alias = "amazon", .root_device = "/dev/xvda",
         .root_size_gib = 8, .created = "2024-11-21T21:32:34.000Z",
         .parameters = below(amazon_path, {"al2023-ami-kernel-default-x86_64",
                                           "al2023-ami-kernel-6.1-x86_64",
                                           "al2023-ami-minimal-kernel-default-x86_64",
                                           "al2023-ami-minimal-kernel-6.1-x86_64"})},
        {.id = {}, .name = "amzn2-ami-hvm-2.0.20241113.1-x86_64-gp2",
         .description = "Amazon Linux 2 AMI 2.0.20241113.1 x86_64 HVM gp2",
         .owner_id = std::string(amazon), .owner_alias = "amazon", .root_device = "/dev/xvda",
         .root_size_gib = 8, .created = "2024-11-14T02:27:23.000Z",
         .parameters = below(amazon_path, {"amzn2-ami-hvm-x86_64-gp2", "amzn2-ami-hvm-x86_64-ebs",
                                           "amzn2-ami-kernel-5.10-hvm-x86_64-gp2"})},
        {.id = {}, .name = "debian-12-amd64-20241125-1942",
         .description = "Debian 12 (20241125-1942)",
         .owner_id = std::string(debian), .owner_alias = {}, .root_device = "/dev/xvda",
         .root_size_gib = 8, .created = "2024-11-25T16:41:54.000Z",
         .parameters = below(debian_path, {"12/latest/amd64", "bookworm/latest/amd64"})},
        {.id = {}, .name = "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20241126",
         .description = "Canonical, Ubuntu, 22.04, amd64 jammy image",
         .owner_id = std::string(canonical), .owner_alias = {}, .root_device = "/dev/sda1",
         .root_size_gib = 8, .created = "2024-11-26T09:06:55.000Z",
         .parameters = ubuntu_parameters("22.04", "jammy", "gp2")},
        {.id = {}, .name = "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20241123",
         .description = "Canonical, Ubuntu, 24.04, amd64 noble image",
         .owner_id = std::string(canonical), .owner_alias = {}, .root_device = "/dev/sda1",
         .root_size_gib = 8, .created = "2024-11-23T04:59:29.000Z",
         .parameters = ubuntu_parameters("24.04", "noble", "gp3")},
    };
}

}  // namespace

std::vector<PublicImage> public_images(std::string_view region) {
    auto images = catalogue();
    for (auto& image : images) image.id = image_id(region, image.name);
    return images;
}

std::optional<PublicImage> find_public_image(std::string_view region, std::string_view id) {
    for (auto& image : public_images(region)) {
        if (image.id == id) return image;
    }
    return std::nullopt;
}

std::vector<PublicParameter> public_image_parameters(std::string_view region) {
    std::vector<PublicParameter> all;
    for (const auto& image : public_images(region)) {
        for (const auto& name : image.parameters) all.push_back({name, image.id});
    }
    return all;
}

}  // namespace stormglass::services
