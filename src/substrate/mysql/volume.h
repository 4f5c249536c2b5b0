// A server's volume: a sparse file of the storage's size with a file system of its own, mounted
// where the server's folder is, so that a full disk is full for that server and for nobody else.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "substrate/mysql/layout.h"

namespace stormglass::substrate::mysql {

/// Mounted when this returns, and at least `bytes` large. No volume, but the plain folder: where
/// the data was there before volumes were, `bytes` is 0, or the machine cannot make one (logged).
Result<void> open_volume(const Layout& layout, std::int64_t bytes);
/// What the server may fill, of the volume or of the plain folder's file system.
Result<std::int64_t> storage_size(const Layout& layout);
/// Unmounted; the loop device ends with its last user.
Result<void> close_volume(const Layout& layout);
/// Closed, and deleted with all that is in it.
Result<void> remove_volume(const Layout& layout);

}  // namespace stormglass::substrate::mysql
