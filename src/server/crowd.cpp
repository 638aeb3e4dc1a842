#include "server/crowd.hpp"

#include <malloc.h>

#include <algorithm>

namespace segurifai::server {

bool Crowd::has_left(std::size_t open, std::size_t most) noexcept {
    most_ = std::max(most_, most);
    if (most_ < kCrowd || open > most_ / 4) return false;
    most_ = open;
    return true;
}

void give_back_memory() noexcept {
    ::malloc_trim(0);
}

}  // namespace segurifai::server
