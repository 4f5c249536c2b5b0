// Configuration files of planes: written when their content changed, with a version that grows. A
// later daemon goes on with the versions that it finds on disk.
#pragma once

#include <algorithm>
#include <map>
#include <string>

#include "base/file.h"
#include "base/json.h"

namespace stormglass::elbv2 {

/// Used by the reconciler's thread alone.
class PlaneFiles {
public:
    /// Returns the version that is in the file afterwards.
    template <class Config>
    Result<std::int64_t> put(const std::string& path, Config config, base::Time now) {
        config.config_version = 0;
        const std::string text = base::to_json_text(config);
        Kept& kept = kept_[path];
        if (kept.version == 0) adopt<Config>(path, kept);
        if (kept.version != 0 && kept.text == text) return kept.version;
        // The time keeps it growing even if the old file is lost.
        config.config_version =
            std::max<std::int64_t>(kept.version + 1, now.time_since_epoch().count());
        TRY(base::write_file(path, base::to_json_text(config)));
        kept = {text, config.config_version};
        return kept.version;
    }
    void forget(const std::string& path) { kept_.erase(path); }

private:
    struct Kept {
        std::string text;  // With version 0.
        std::int64_t version = 0;
    };

    template <class Config>
    static void adopt(const std::string& path, Kept& kept) {
        const auto text = base::read_file(path);
        if (!text) return;
        auto found = base::from_json_text<Config>(*text);
        if (!found) return;
        kept.version = std::exchange(found->config_version, 0);
        kept.text = base::to_json_text(*found);
    }

    std::map<std::string, Kept> kept_;
};

}  // namespace stormglass::elbv2
