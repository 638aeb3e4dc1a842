#pragma once

#include <cstdint>
#include <random>
#include <span>

namespace segurifai {

/// Where chance comes from. Passed in everywhere, so that a seed fixes every choice of a test.
class Random {
public:
    virtual ~Random() = default;
    virtual void fill(std::span<std::uint8_t> bytes) = 0;
};

/// The operating system's generator: for identifiers, tokens and keys.
class SystemRandom final : public Random {
public:
    void fill(std::span<std::uint8_t> bytes) override;
};

/// A repeatable generator for tests and demonstrations; never for secrets.
class SeededRandom final : public Random {
public:
    explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
    void fill(std::span<std::uint8_t> bytes) override;

private:
    std::mt19937_64 engine_;
};

}  // namespace segurifai
