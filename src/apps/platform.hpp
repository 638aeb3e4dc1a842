#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "apps/messages.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "security/access_token.hpp"
#include "security/secrets.hpp"
#include "security/signed_text.hpp"
#include "security/worker_pool.hpp"
#include "sql/database.hpp"

namespace segurifai::assistance {
class RequestArchive;
}
namespace segurifai::jobs {
class Kinds;
}
namespace segurifai::providers {
class PositionBuffer;
}
namespace segurifai::server {
struct Facts;
}

namespace segurifai {

/// What the product works with: made once by the server (or a test), handed to every call. All of
/// it may be used from any io thread, and clock, random and the signers also from a transaction's
/// body.
struct Platform {
    sql::Database& database;
    Clock& clock;
    Random& random;
    const security::Secrets& secrets;
    const security::AccessTokens& access_tokens;
    const security::TextSigner& cursors;
    security::WorkerPool& workers;                   ///< password hashing, files
    apps::MessageSink& messages;                     ///< SMS and e-mail
    std::string documents_dir;                       ///< uploaded files, below the data folder
    std::function<void()> wake_dispatch = [] {};     ///< a search or an offer changed: look now
    providers::PositionBuffer* positions = nullptr;  ///< where the positions of units go
    std::function<void()> wake_jobs = [] {};         ///< a job was queued: look now
    const jobs::Kinds* job_kinds = nullptr;          ///< what can be run by name
    const server::Facts* server = nullptr;           ///< of the process, for its own operations
    std::string erasures_file = {};                  ///< the list of archived people
    std::string job_files = {};                      ///< the folder of the files that jobs make
    /// Where staff find requests that left the live tables; without one, nowhere.
    const assistance::RequestArchive* request_archive = nullptr;
    /// Told of every failure to read an archive; health and metrics show those that are damage.
    std::function<void(const Error&)> archive_failed = [](const Error&) {};
};

}  // namespace segurifai
