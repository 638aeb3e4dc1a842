// Hostile cursors: no text makes `open` crash, nobody without the key writes one, and whatever is
// signed opens to itself.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "security/signed_text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace segurifai::security;  // NOLINT: a program of its own
    static constexpr std::uint8_t kKeyBytes[Key::kSize] = {1, 2, 3};
    static const TextSigner signer{Key(kKeyBytes)};
    const std::string_view text(reinterpret_cast<const char*>(data), size);

    if (signer.open(text, "fuzz")) std::abort();
    if (size <= kSignedPayloadSizeMax && signer.open(signer.sign(text, "fuzz"), "fuzz") != text)
        std::abort();
    return 0;
}
