#pragma once

#include "base/uuid.hpp"
#include "sql/database.hpp"

namespace segurifai::http {

/// A read that needs nothing but the address of its call and whose token it came with, and so goes
/// to the database together with the read of who calls: one round trip for both. A route names it
/// (`.early`), its handler takes what it found from `Call::early`. It shows nobody anything: the
/// handler runs only after the caller was found and the operation is theirs (docs/adr/0026).
class EarlyRead {
public:
    virtual ~EarlyRead() = default;
    /// The statement. All it points at lives as long as this and the call. `account`: of the token,
    /// whose session may have ended.
    [[nodiscard]] virtual sql::Asked asked(sql::Engine engine, const Uuid& account) = 0;
};

}  // namespace segurifai::http
