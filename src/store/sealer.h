// AES-256-GCM for many small values under one key (NIST SP 800-38D), with cipher contexts that keep
// the expanded key: about a microsecond a value.
//
// A sealed value is a format byte, a 12-byte nonce, the ciphertext and a 16-byte tag. Nonces count
// up from a random start that each Sealer draws: none repeats within a run, and that two runs of
// 2^40 values meet has odds of about 2^-55.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"

struct evp_cipher_ctx_st;

namespace stormglass::store {

/// Thread-safe.
class Sealer {
public:
    /// `key` is 32 bytes.
    Sealer(std::string_view key, base::Random& random);
    ~Sealer();

    /// `associated` is bound to the result but not in it: a value moved to another key won't open.
    std::string seal(std::string_view associated, std::string_view plain);
    Result<std::string> open(std::string_view associated, std::string_view sealed);

private:
    struct FreeContext {
        void operator()(evp_cipher_ctx_st* context) const;
    };
    using Context = std::unique_ptr<evp_cipher_ctx_st, FreeContext>;
    using Nonce = std::array<unsigned char, 12>;

    enum class Mode { open = 0, seal = 1 };
    Context make_context(Mode mode) const;
    Context take(Mode mode);
    void give_back(Mode mode, Context context);
    Nonce next_nonce();

    std::string key_;
    std::mutex mutex_;
    std::vector<Context> spare_[2];  // By Mode.
    Nonce nonce_;
};

}  // namespace stormglass::store
