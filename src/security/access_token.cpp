#include "security/access_token.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>

#include "security/encoding.hpp"

namespace segurifai::security {
namespace {

constexpr std::string_view kHeaderBegin = R"({"alg":"HS256","kid":")";
constexpr std::string_view kHeaderEnd = R"(","typ":"JWT"})";
constexpr std::string_view kUserBegin = R"({"iss":"segurifai","sub":")";
constexpr std::string_view kSessionBegin = R"(","sid":")";
constexpr std::string_view kIssuedBegin = R"(","iat":)";
constexpr std::string_view kExpiresBegin = R"(,"exp":)";
constexpr std::size_t kUuidSize = 36;
constexpr std::size_t kSecondsDigitsMax = 12;  // the end of 9999 has 12
constexpr std::size_t kPayloadMax = kUserBegin.size() + kSessionBegin.size() + kIssuedBegin.size() +
                                    kExpiresBegin.size() + 1 + 2 * kUuidSize +
                                    2 * kSecondsDigitsMax;
constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::size_t kSignatureSize = base64url_size(crypto_auth_hmacsha256_BYTES);

using PayloadBuffer = std::array<char, kPayloadMax>;

std::int64_t seconds_of(Instant instant) noexcept {
    return instant.micros / kMicrosPerSecond;
}

/// Writes the claims as `issue` spells them. Both times are in 1970 to 9999.
std::string_view write_payload(const AccessClaims& claims, PayloadBuffer& out) noexcept {
    char* at = out.data();
    const auto put = [&at](std::string_view text) { at = std::ranges::copy(text, at).out; };
    const auto put_uuid = [&at](const Uuid& uuid) {
        uuid.write(at);
        at += kUuidSize;
    };
    const auto put_seconds = [&](Instant instant) {
        at = std::to_chars(at, out.data() + out.size(), seconds_of(instant)).ptr;
    };
    put(kUserBegin);
    put_uuid(claims.user);
    put(kSessionBegin);
    put_uuid(claims.session);
    put(kIssuedBegin);
    put_seconds(claims.issued);
    put(kExpiresBegin);
    put_seconds(claims.expires);
    put("}");
    return {out.data(), at};
}

/// Takes the front of a text away, piece by piece.
class PayloadReader {
public:
    explicit PayloadReader(std::string_view text) noexcept : rest_(text) {}

    bool skip(std::string_view expected) noexcept {
        if (!rest_.starts_with(expected)) return false;
        rest_.remove_prefix(expected.size());
        return true;
    }
    bool uuid(Uuid& out) noexcept {
        const std::optional<Uuid> read = Uuid::parse(rest_.substr(0, kUuidSize));
        if (!read) return false;
        out = *read;
        rest_.remove_prefix(kUuidSize);
        return true;
    }
    bool seconds(Instant& out) noexcept {
        std::int64_t value = 0;
        const char* const begin = rest_.data();
        const char* const limit = begin + std::min(rest_.size(), kSecondsDigitsMax);
        const auto [end, error] = std::from_chars(begin, limit, value);
        if (error != std::errc{} || value < 0 || value > kInstantMaxMicros / kMicrosPerSecond)
            return false;
        out.micros = value * kMicrosPerSecond;
        rest_.remove_prefix(static_cast<std::size_t>(end - begin));
        return true;
    }

private:
    std::string_view rest_;
};

/// Reads the claims and writes them again: only the spelling of `issue` survives that.
std::optional<AccessClaims> read_payload(std::string_view payload) noexcept {
    AccessClaims claims;
    PayloadReader reader(payload);
    const bool is_read = reader.skip(kUserBegin) && reader.uuid(claims.user) &&
                         reader.skip(kSessionBegin) && reader.uuid(claims.session) &&
                         reader.skip(kIssuedBegin) && reader.seconds(claims.issued) &&
                         reader.skip(kExpiresBegin) && reader.seconds(claims.expires);
    if (!is_read) return std::nullopt;
    PayloadBuffer again;
    if (write_payload(claims, again) != payload) return std::nullopt;
    const std::int64_t lifetime = seconds_of(claims.expires) - seconds_of(claims.issued);
    if (lifetime <= 0 || lifetime > kAccessTokenSeconds) return std::nullopt;
    return claims;
}

/// Tokens that were found to be signed lately, and by whom.
class KnownTokens {
public:
    [[nodiscard]] const AccessClaims* find(std::uint64_t issuer,
                                           std::string_view token) const noexcept {
        const Entry& entry = entries_[place_of(token)];
        if (entry.issuer != issuer || entry.size != token.size()) return nullptr;
        // Only the signature is a secret, which the time of comparing shall not tell.
        const std::size_t claims = token.size() - kSignatureSize;
        const bool is_same =
            std::memcmp(entry.text.data(), token.data(), claims) == 0 &&
            sodium_memcmp(&entry.text[claims], &token[claims], kSignatureSize) == 0;
        return is_same ? &entry.claims : nullptr;
    }
    /// Takes the place of one that is forgotten.
    void keep(std::uint64_t issuer, std::string_view token, const AccessClaims& claims) noexcept {
        Entry& entry = entries_[place_of(token)];
        entry.issuer = issuer;
        entry.size = token.size();
        std::ranges::copy(token, entry.text.begin());
        entry.claims = claims;
    }

private:
    struct Entry {
        std::uint64_t issuer = 0;  ///< nobody
        std::size_t size = 0;
        std::array<char, kAccessTokenSizeMax> text;
        AccessClaims claims;
    };
    static constexpr std::size_t kEntries = 256;

    /// By the end of the signature, which nobody chooses.
    static std::size_t place_of(std::string_view token) noexcept {
        return std::hash<std::string_view>()(token.substr(token.size() - kSignatureSize)) %
               kEntries;
    }

    std::array<Entry, kEntries> entries_;
};

/// This thread's; null without the memory for it.
KnownTokens* known_tokens() noexcept {
    thread_local const std::unique_ptr<KnownTokens> known(new (std::nothrow) KnownTokens);
    return known.get();
}

std::uint64_t next_number() noexcept {
    static std::atomic<std::uint64_t> last{0};
    return ++last;
}

std::string write_header(std::string_view key_id) {
    std::string header;
    header.append(kHeaderBegin).append(key_id).append(kHeaderEnd);
    return base64url(bytes_of(header)) + '.';
}

/// What is wrong with a header that belongs to none of our keys.
TokenFault judge_header(std::string_view token) noexcept {
    std::array<std::uint8_t, kAccessTokenSizeMax> buffer;
    const std::string_view text = token.substr(0, token.find('.'));
    const std::optional<std::size_t> size = base64url_decoded_size(text.size());
    if (!size || !base64url_read(text, std::span(buffer).first(*size)))
        return TokenFault::kMalformed;
    std::string_view header(reinterpret_cast<const char*>(buffer.data()), *size);
    if (header.size() < kHeaderBegin.size() + kHeaderEnd.size() ||
        !header.starts_with(kHeaderBegin) || !header.ends_with(kHeaderEnd))
        return TokenFault::kMalformed;
    header.remove_prefix(kHeaderBegin.size());
    header.remove_suffix(kHeaderEnd.size());
    return is_key_id(header) ? TokenFault::kUnknownKey : TokenFault::kMalformed;
}

}  // namespace

std::string_view label(TokenFault fault) noexcept {
    switch (fault) {
        case TokenFault::kTooLong: return "too_long";
        case TokenFault::kMalformed: return "malformed";
        case TokenFault::kUnknownKey: return "unknown_key";
        case TokenFault::kBadSignature: return "bad_signature";
        case TokenFault::kBadClaims: return "bad_claims";
        case TokenFault::kExpired: return "expired";
        case TokenFault::kNotYetValid: return "not_yet_valid";
    }
    return "malformed";
}

AccessTokens::AccessTokens(const std::vector<SigningKey>& keys) : number_(next_number()) {
    prepare_sodium();
    if (keys.empty()) throw std::invalid_argument("Access tokens need a key.");
    for (const SigningKey& key : keys) {
        if (!is_key_id(key.id)) throw std::invalid_argument("A key of access tokens has no id.");
        Signer signer{.header = write_header(key.id), .mac = Mac(key.key)};
        const auto is_same = [&](const Signer& other) { return other.header == signer.header; };
        if (std::ranges::any_of(signers_, is_same))
            throw std::invalid_argument("Two keys of access tokens have the same id.");
        signers_.push_back(std::move(signer));
    }
}

std::string AccessTokens::issue(const Uuid& user, const Uuid& session, Instant now) const {
    const std::int64_t issued = seconds_of(now);
    if (now.micros < 0 || issued > kInstantMaxMicros / kMicrosPerSecond - kAccessTokenSeconds)
        throw std::invalid_argument("An access token is issued between 1970 and 9999.");
    const AccessClaims claims{.user = user,
                              .session = session,
                              .issued = {issued * kMicrosPerSecond},
                              .expires = {(issued + kAccessTokenSeconds) * kMicrosPerSecond}};
    PayloadBuffer buffer;
    const std::string_view payload = write_payload(claims, buffer);
    const Signer& signer = signers_.front();

    const std::size_t signed_size = signer.header.size() + base64url_size(payload.size());
    std::string token(signed_size + 1 + kSignatureSize, '.');
    std::ranges::copy(signer.header, token.begin());
    base64url_write(bytes_of(payload), token.data() + signer.header.size());
    const MacBytes mac = signer.mac.of(std::string_view(token).substr(0, signed_size));
    base64url_write(mac, token.data() + signed_size + 1);
    return token;
}

std::expected<AccessClaims, TokenFault> AccessTokens::verify(std::string_view token,
                                                             Instant now) const noexcept {
    KnownTokens* const known = token.size() >= kSignatureSize && token.size() <= kAccessTokenSizeMax
                                   ? known_tokens()
                                   : nullptr;
    const AccessClaims* kept = known != nullptr ? known->find(number_, token) : nullptr;
    std::expected<AccessClaims, TokenFault> claims;
    if (kept != nullptr) {
        claims = *kept;
    } else {
        claims = read(token);
        if (!claims) return claims;
        if (known != nullptr) known->keep(number_, token, *claims);
    }
    if (claims->expires <= now) return std::unexpected(TokenFault::kExpired);
    if (claims->issued.micros - now.micros > kIssuedAheadSecondsMax * kMicrosPerSecond)
        return std::unexpected(TokenFault::kNotYetValid);
    return claims;
}

std::expected<AccessClaims, TokenFault> AccessTokens::read(std::string_view token) const noexcept {
    if (token.size() > kAccessTokenSizeMax) return std::unexpected(TokenFault::kTooLong);
    const auto signer = std::ranges::find_if(
        signers_, [&](const Signer& candidate) { return token.starts_with(candidate.header); });
    if (signer == signers_.end()) return std::unexpected(judge_header(token));

    // The signature and its dot have a fixed size, so the claims end where these begin.
    if (token.size() < signer->header.size() + 1 + kSignatureSize)
        return std::unexpected(TokenFault::kMalformed);
    const std::size_t dot = token.size() - kSignatureSize - 1;
    MacBytes signature;
    if (token[dot] != '.' || !base64url_read(token.substr(dot + 1), signature))
        return std::unexpected(TokenFault::kMalformed);
    const MacBytes expected = signer->mac.of(token.substr(0, dot));
    if (crypto_verify_32(signature.data(), expected.data()) != 0)
        return std::unexpected(TokenFault::kBadSignature);

    std::array<std::uint8_t, kPayloadMax> buffer;
    const std::string_view encoded =
        token.substr(signer->header.size(), dot - signer->header.size());
    const std::optional<std::size_t> size = base64url_decoded_size(encoded.size());
    if (!size || *size > buffer.size() || !base64url_read(encoded, std::span(buffer).first(*size)))
        return std::unexpected(TokenFault::kBadClaims);
    const std::optional<AccessClaims> claims =
        read_payload({reinterpret_cast<const char*>(buffer.data()), *size});
    if (!claims) return std::unexpected(TokenFault::kBadClaims);
    return *claims;
}

}  // namespace segurifai::security
