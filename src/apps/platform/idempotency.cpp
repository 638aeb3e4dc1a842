#include "apps/platform/idempotency.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <span>

#include "base/json.hpp"
#include "http/route.hpp"
#include "security/encoding.hpp"

namespace segurifai::platform {

namespace {

using sql::Query;
using sql::Value;

const Query kFind{"platform.key.find",
                  "SELECT status, headers, body, body_hash FROM platform_idempotencykey "
                  "WHERE caller = $1 AND operation = $2 AND key = $3 AND created_at > $4",
                  Query::Kind::kPoint};

// A key that still counts is not replaced: the division fails, and the transaction with it. So the
// statement can travel with the COMMIT, which a look at the number of rows changed could not stop.
const Query kKeep{
    "platform.key.keep",
    "INSERT INTO platform_idempotencykey "
    "(caller, operation, key, body_hash, status, headers, body, created_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) "
    "ON CONFLICT (caller, operation, key) DO UPDATE SET body_hash = excluded.body_hash, "
    "status = excluded.status / CASE WHEN platform_idempotencykey.created_at <= $9 THEN 1 ELSE 0 "
    "END, headers = excluded.headers, body = excluded.body, created_at = excluded.created_at"};

const Query kForget{"platform.key.forget",
                    "DELETE FROM platform_idempotencykey WHERE id IN "
                    "(SELECT id FROM platform_idempotencykey WHERE created_at <= $1 "
                    "ORDER BY created_at LIMIT $2)"};

/// The headers an effect may set. An answer's header names are constants, so a kept one is looked
/// up here.
constexpr std::array<std::string_view, 5> kKeptHeaders{"Content-Disposition", "ETag", "Link",
                                                       "Location", "Retry-After"};

constexpr std::size_t kOperationSizeMax = 80;

class Sha256 {
public:
    Sha256() noexcept { crypto_hash_sha256_init(&state_); }
    void add(std::string_view bytes) noexcept {
        crypto_hash_sha256_update(
            &state_,
            reinterpret_cast<const unsigned char*>(bytes.data()),  // NOLINT(*-reinterpret-cast)
            bytes.size());
    }
    [[nodiscard]] std::string hex() noexcept {
        std::array<std::uint8_t, crypto_hash_sha256_BYTES> digest;
        crypto_hash_sha256_final(&state_, digest.data());
        return security::hex(digest);
    }

private:
    crypto_hash_sha256_state state_;
};

bool is_visible_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F; });
}

/// "requests.updates.add 17": one text per operation and row.
std::string operation_of(const http::Call& call) {
    std::string parameters;
    for (const std::string_view parameter : call.path_parameters) {
        if (parameter.empty()) break;
        if (!parameters.empty()) parameters += '/';
        parameters += parameter;
    }
    std::string text(call.route.operation);
    if (parameters.empty()) return text;
    text += ' ';
    if (text.size() + parameters.size() <= kOperationSizeMax && is_visible_ascii(parameters))
        return text + parameters;
    Sha256 hash;
    hash.add(parameters);
    return text + hash.hex().substr(0, 32);
}

/// The boundary of a form, as its Content-Type gives it; empty for any other body.
std::string_view boundary_of(const http::Request& request) {
    constexpr std::string_view kName = "boundary=";
    const std::string_view type =
        request.header(http::Header::kContentType).value_or(std::string_view());
    if (!type.starts_with("multipart/")) return {};
    const std::size_t at = type.find(kName);
    if (at == std::string_view::npos) return {};
    std::string_view value = type.substr(at + kName.size());
    if (value.starts_with('"')) {
        value.remove_prefix(1);
        return value.substr(0, value.find('"'));
    }
    return value.substr(0, value.find_first_of("; "));
}

std::string hash_of(std::string_view operation, const http::Request& request) {
    Sha256 hash;
    hash.add(operation);
    hash.add(std::string_view("\0", 1));
    std::string_view rest = request.body;
    const std::string_view boundary = boundary_of(request);
    while (!boundary.empty()) {
        const std::size_t at = rest.find(boundary);
        if (at == std::string_view::npos) break;
        hash.add(rest.substr(0, at));
        rest.remove_prefix(at + boundary.size());
    }
    hash.add(rest);
    return hash.hex();
}

}  // namespace

Result<KeyedCall> keyed_call(const http::Call& call) {
    const auto key = call.request.header(http::Header::kIdempotencyKey);
    if (!key) return refuse(Refusal::kIdempotencyKeyRequired);
    KeyedCall keyed;
    keyed.caller = call.caller.signed_in() ? call.caller.user_id.to_string()
                                           : "address:" + call.address.substr(0, 45);
    keyed.operation = operation_of(call);
    keyed.key = *key;
    keyed.body_hash = hash_of(keyed.operation, call.request);
    keyed.at = call.at;
    keyed.since = {call.at.micros - kIdempotencySeconds * 1'000'000};
    return keyed;
}

Task<Result<std::optional<KeptAnswer>>> find_kept(sql::Executor& executor, const KeyedCall& keyed) {
    const std::array params{Value::text(keyed.caller), Value::text(keyed.operation),
                            Value::text(keyed.key), Value::instant(keyed.since)};
    std::optional<KeptAnswer> found;
    auto sink = sql::each_row([&](const sql::Row& row) {
        KeptAnswer& kept = found.emplace();
        kept.status = static_cast<std::int32_t>(row.integer(0));
        Value headers;
        if (row.get(1, sql::ValueType::kJson, 0, headers) && !headers.is_null())
            kept.headers = headers.as_text();
        kept.body = row.text(2);
        kept.body_hash = row.text(3);
    });
    SEGURIFAI_CO_TRY(co_await executor.run(kFind, params, &sink));
    co_return found;
}

Task<Result<void>> keep(sql::Transaction& transaction, const KeyedCall& keyed,
                        const KeptAnswer& answer) {
    const std::array params{
        Value::text(keyed.caller),     Value::text(keyed.operation),  Value::text(keyed.key),
        Value::text(answer.body_hash), Value::integer(answer.status), Value::json(answer.headers),
        Value::text(answer.body),      Value::instant(keyed.at),      Value::instant(keyed.since)};
    co_return co_await transaction.run_later(kKeep, params);
}

Result<std::string> kept_headers(const http::Answer& answer, std::size_t first) {
    std::string json = "{";
    // In the order of the list, which is that of canonical JSON.
    for (const std::string_view name : kKeptHeaders) {
        for (const auto& [its_name, value] : std::span(answer.headers).subspan(first)) {
            if (its_name != name) continue;
            if (json.size() > 1) json += ',';
            append_json_string(json, name);
            json += ':';
            append_json_string(json, value);
            break;
        }
    }
    for (const auto& [name, value] : std::span(answer.headers).subspan(first)) {
        if (std::ranges::find(kKeptHeaders, name) == kKeptHeaders.end())
            return fail(Code::kInternal,
                        "A keyed operation set a header that cannot be kept: " + std::string(name));
    }
    return json + "}";
}

Result<void> replay(const KeyedCall& keyed, const KeptAnswer& kept, http::Call& call) {
    if (kept.body_hash != keyed.body_hash) return refuse(Refusal::kIdempotencyKeyReused);
    boost::system::error_code error;
    const boost::json::value headers = boost::json::parse(kept.headers, error);
    if (error || !headers.is_object())
        return fail(Code::kCorrupt, "The headers of a kept answer are no JSON object.");
    http::Answer& answer = call.answer;
    answer.status = kept.status;
    answer.content_type = kept.body.empty() ? std::string_view() : "application/json";
    answer.body = kept.body;
    for (const std::string_view name : kKeptHeaders) {
        const boost::json::value* value = headers.get_object().if_contains(name);
        if (value != nullptr && value->is_string()) answer.set(name, value->get_string().c_str());
    }
    answer.set("Idempotency-Replayed", "true");
    call.answered = true;
    return {};
}

Task<Result<std::int64_t>> forget_old_keys(sql::Database& database, Instant now,
                                           std::int64_t limit) {
    const Instant cutoff{now.micros - kIdempotencySeconds * 1'000'000};
    const std::array params{Value::instant(cutoff), Value::integer(limit)};
    const sql::Statement statement = kForget.on(database.engine());
    co_return co_await database.write(statement, params);
}

}  // namespace segurifai::platform
