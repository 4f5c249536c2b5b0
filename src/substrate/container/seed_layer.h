// The layer between an image and an instance's writable layer: a small tmpfs that hides parts of
// the image and adds files of our own. Hiding here rather than by mounts on top leaves ordinary
// empty folders that the instance can write to and that keep what it writes from boot to boot.
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>

#include "base/result.h"

namespace stormglass::substrate {

/// Paths are relative to the image's root, without a leading '/'. Folders on the way to one are
/// made with the owner and mode they have in the image. One thread.
class SeedLayer {
public:
    /// `folder` is on a file system of its own; `image_root` is only read.
    SeedLayer(std::string folder, std::string image_root)
        : folder_(std::move(folder)), image_root_(std::move(image_root)) {}

    const std::string& image_root() const { return image_root_; }
    bool in_image(const std::string& path) const;
    /// Whether hide() was called for it.
    bool is_hidden(const std::string& path) const;
    Result<std::string> read_image(const std::string& path) const;

    /// The folder is there and empty, with the image's owner and mode (or 0755 root).
    Result<void> empty_folder(const std::string& path);
    /// As empty_folder(), but folders directly inside stay, empty too: programs expect /var/log/x.
    Result<void> empty_folder_with_children(const std::string& path);
    /// Nothing is there.
    Result<void> hide(const std::string& path);
    Result<void> put_file(const std::string& path, std::string_view content, mode_t mode = 0644);
    Result<void> put_link(const std::string& path, const std::string& target);
    /// As put_file(), with the group that the file has in the image.
    Result<void> put_file_owned(const std::string& path, std::string_view content, mode_t mode);

private:
    std::string ours(const std::string& path) const { return folder_ + "/" + path; }
    std::string theirs(const std::string& path) const { return image_root_ + "/" + path; }
    Result<void> make_parents(const std::string& path);
    Result<void> mirror_folder(const std::string& path);

    std::string folder_, image_root_;
};

}  // namespace stormglass::substrate
