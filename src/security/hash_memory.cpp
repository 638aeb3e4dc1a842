#include "security/hash_memory.hpp"

#include <sys/mman.h>
#include <sys/types.h>

#include <cassert>
#include <memory>

namespace segurifai::security {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20U;
constexpr std::size_t kMappedBytes = kHashMemoryBytes + kHugePage;

thread_local HashMemory* own = nullptr;

}  // namespace

HashMemory::HashMemory() noexcept {
    assert(own == nullptr);
    own = this;
}

HashMemory::~HashMemory() {
    own = nullptr;
    give_back();
}

void HashMemory::give_back() noexcept {
    if (mapped_ != nullptr) munmap(mapped_, kMappedBytes);
    mapped_ = aligned_ = nullptr;
}

void* HashMemory::take() noexcept {
    if (mapped_ != nullptr) return aligned_;
    void* mapped =
        mmap(nullptr, kMappedBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) return nullptr;
    mapped_ = aligned_ = mapped;
    std::size_t space = kMappedBytes;
    std::align(kHugePage, kHashMemoryBytes, aligned_, space);
    // Without large pages a hash is slower, and nothing else.
    (void)madvise(aligned_, kHashMemoryBytes, MADV_HUGEPAGE);
    (void)madvise(mapped_, kMappedBytes, MADV_DONTDUMP);
    return aligned_;
}

/// What libsodium's argon2 calls in place of mmap and munmap (cmake/Sodium.cmake).
struct HashMemoryOfThread {
    static void* map(std::size_t bytes) noexcept {
        return own != nullptr && bytes <= kHashMemoryBytes ? own->take() : nullptr;
    }
    static bool holds(const void* address) noexcept {
        return own != nullptr && own->aligned_ == address;
    }
};

}  // namespace segurifai::security

extern "C" void* segurifai_argon2_mmap(void* address, std::size_t bytes, int protection, int flags,
                                       int file, off_t offset) noexcept {
    if (void* kept = segurifai::security::HashMemoryOfThread::map(bytes)) return kept;
    return mmap(address, bytes, protection, flags, file, offset);
}

extern "C" int segurifai_argon2_munmap(void* address, std::size_t bytes) noexcept {
    if (segurifai::security::HashMemoryOfThread::holds(address)) return 0;
    return munmap(address, bytes);
}
