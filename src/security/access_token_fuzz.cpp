// Hostile access tokens: no text makes `verify` crash, and what it accepts is what `issue` writes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "security/access_token.hpp"
#include "security/encoding.hpp"

namespace {

using namespace segurifai;            // NOLINT: a program of its own
using namespace segurifai::security;  // NOLINT: a program of its own

constexpr Instant kNow{1'770'141'845'000'000};
constexpr std::uint8_t kKeyBytes[Key::kSize] = {1, 2, 3};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Key key(kKeyBytes);
    static const AccessTokens tokens({{"k", key}});
    static const Mac mac(key);
    const std::string_view text(reinterpret_cast<const char*>(data), size);

    // As it came: nobody without the key writes a token.
    if (tokens.verify(text, kNow)) std::abort();

    // As claims under a good signature: only the one spelling passes.
    std::string token = base64url(bytes_of(R"({"alg":"HS256","kid":"k","typ":"JWT"})")) + "." +
                        base64url(bytes_of(text));
    token += "." + base64url(mac.of(token));
    if (const auto claims = tokens.verify(token, kNow))
        if (tokens.issue(claims->user, claims->session, claims->issued) != token &&
            claims->expires.micros - claims->issued.micros == kAccessTokenSeconds * 1'000'000)
            std::abort();
    return 0;
}
