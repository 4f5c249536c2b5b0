// Helpers of the store's tests: a folder that is deleted afterwards, and contents as one line.
#pragma once

#include <stdlib.h>

#include <map>
#include <memory>
#include <string>

#include "base/check.h"
#include "base/file.h"
#include "base/random.h"
#include "store/key_ring.h"
#include "store/rocks_store.h"

namespace stormglass::store {

class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string name = "/tmp/stormglass-store-XXXXXX";
        CHECK(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() { (void)base::remove_all(path_); }
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

/// A data directory with its keys; may be opened again and again.
class RocksFolder {
public:
    RocksFolder() : keys_(KeyRing::open(folder_.path(), random_).value()) {}

    Result<std::unique_ptr<RocksStore>> try_open(int schema = schema_version) {
        return RocksStore::open({.data_dir = folder_.path(), .schema = schema}, *keys_, random_);
    }
    std::unique_ptr<RocksStore> open() { return try_open().value(); }
    const std::string& path() const { return folder_.path(); }
    base::Random& random() { return random_; }

private:
    TemporaryFolder folder_;
    base::SystemRandom random_;
    std::unique_ptr<KeyRing> keys_;
};

/// "a=1 b=2 "
inline std::string listing(Tx& tx, std::string_view from = "", std::string_view to = "",
                           Direction direction = Direction::forward) {
    std::string text;
    CHECK(tx.scan(from, to, direction, [&](std::string_view key, std::string_view value) {
                text.append(key).append("=").append(value).append(" ");
                return Step::next;
            }).has_value());
    return text;
}

/// The same of a plain map, as the model.
inline std::string listing(const std::map<std::string, std::string>& model,
                           std::string_view from = "", std::string_view to = "",
                           Direction direction = Direction::forward) {
    std::string text;
    for (const auto& [key, value] : model) {
        if (key < from || (!to.empty() && key >= to)) continue;
        const std::string entry = key + "=" + value + " ";
        text = direction == Direction::forward ? text + entry : entry + text;
    }
    return text;
}

}  // namespace stormglass::store
