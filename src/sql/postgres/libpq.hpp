#pragma once

#include <libpq-fe.h>

#include <memory>

namespace segurifai::sql::postgres {

struct FreeLibpq {
    void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
    void operator()(PGresult* result) const noexcept { PQclear(result); }
    void operator()(PQconninfoOption* options) const noexcept { PQconninfoFree(options); }
    void operator()(PGcancel* cancel) const noexcept { PQfreeCancel(cancel); }
};

using ConnectionPtr = std::unique_ptr<PGconn, FreeLibpq>;
using ResultPtr = std::unique_ptr<PGresult, FreeLibpq>;
using SharedResult = std::shared_ptr<PGresult>;

}  // namespace segurifai::sql::postgres
