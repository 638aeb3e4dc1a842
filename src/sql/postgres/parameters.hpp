#pragma once

#include <span>
#include <string>
#include <vector>

#include "sql/postgres/wire.hpp"

namespace segurifai::sql::postgres {

struct Request;

/// The arrays that libpq wants for a statement's parameters, all binary. Kept by a connection and
/// filled again for each statement, so that running one allocates nothing.
class Parameters {
public:
    /// Fails with kInvalid on a text that PostgreSQL cannot store. What the last call made is
    /// gone.
    [[nodiscard]] Result<void> fill(Params params);

    /// The same for the parameters of many reads, gathered into arrays (gathering.hpp).
    [[nodiscard]] Result<void> fill(std::span<Request* const> requests);

    [[nodiscard]] int count() const noexcept { return static_cast<int>(lengths_.size()); }
    [[nodiscard]] const Oid* types() const noexcept { return types_.data(); }
    [[nodiscard]] const char* const* values() const noexcept { return values_.data(); }
    [[nodiscard]] const int* lengths() const noexcept { return lengths_.data(); }
    [[nodiscard]] const int* formats() const noexcept { return formats_.data(); }

private:
    void resize(std::size_t count);
    void point_at_bytes();

    std::string bytes_;
    std::vector<Oid> types_;
    std::vector<std::size_t> starts_;
    std::vector<const char*> values_;
    std::vector<int> lengths_;
    std::vector<int> formats_;
};

/// The parameters' types, one byte each: a prepared statement serves one such row of types.
[[nodiscard]] std::string signature_of(Params params);
[[nodiscard]] bool has_signature(Params params, std::string_view signature) noexcept;

}  // namespace segurifai::sql::postgres
