// Randomness is injected, so that a simulation repeats from its seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <random>
#include <string>

namespace stormglass::base {

/// Thread-safe source of random bytes.
class Random {
public:
    virtual ~Random() = default;
    /// Fills `size` bytes at `to`.
    virtual void fill(void* to, std::size_t size) = 0;

    std::string bytes(std::size_t size);
    /// Lower-case hexadecimal digits.
    std::string hex(std::size_t digits);
    /// Letters and digits of `alphabet`.
    std::string pick(std::size_t length, std::string_view alphabet);
    /// Uniform in [0, bound); bound > 0.
    std::uint64_t below(std::uint64_t bound);
    /// Version 4 UUID, lower case.
    std::string uuid();
};

/// The kernel's generator (getrandom); fit for keys.
class SystemRandom final : public Random {
public:
    void fill(void* to, std::size_t size) override;
};

/// Repeats from its seed; never for keys outside tests.
class SeededRandom final : public Random {
public:
    explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
    void fill(void* to, std::size_t size) override;

private:
    std::mutex mutex_;
    std::mt19937_64 engine_;
};

}  // namespace stormglass::base
