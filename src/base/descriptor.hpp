#pragma once

#include <unistd.h>

#include <utility>

namespace segurifai {

/// A file, folder or socket of the operating system that is open, and closes itself. What was
/// written to it and must last was synced before: closing reports nothing.
class Descriptor {
public:
    /// `number` is what open() and its like returned; below 0 nothing is open.
    explicit Descriptor(int number = -1) noexcept : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~Descriptor() { close(); }

    void close() noexcept {
        if (number_ >= 0) (void)::close(std::exchange(number_, -1));
    }
    [[nodiscard]] bool is_open() const noexcept { return number_ >= 0; }
    [[nodiscard]] int number() const noexcept { return number_; }

private:
    int number_;
};

}  // namespace segurifai
