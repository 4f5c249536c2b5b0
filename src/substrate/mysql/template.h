// An empty data directory, made once per daemon's data directory and copied for each new server.
#pragma once

#include <string>

#include "substrate/mysql/engine.h"
#include "substrate/mysql/layout.h"

namespace stormglass::substrate::mysql {

/// Makes the template if it is not there, and returns its folder. One caller at a time.
Result<std::string> ensure_template(const Realm& realm, const Engine& engine);

/// Copies the template to `layout.data()` for `user`: all of it, or nothing. Durable on return.
Result<void> copy_template(const std::string& from, const Layout& layout, ServerUser user);

/// Gives a folder and all in it to the server's user.
Result<void> give_to(const std::string& folder, ServerUser user);
/// Makes everything under the folder's filesystem durable.
Result<void> sync_filesystem(const std::string& folder);
/// Makes `layout`'s own folders, with the server's where it may write.
Result<void> make_folders(const Layout& layout, ServerUser user);

}  // namespace stormglass::substrate::mysql
