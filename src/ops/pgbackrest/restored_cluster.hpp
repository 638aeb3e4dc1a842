#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "ops/pgbackrest/cluster.hpp"
#include "sql/engine.hpp"

namespace segurifai::pgbackrest {

/// Restored files as a running server: it brings the log in up to the moment they were restored
/// to, and is then a database of its own. It listens on a socket in a folder that only its owner
/// may enter, and archives nothing. The server ends with this object; the files stay.
class RestoredCluster {
public:
    /// What becomes of the files. kServe: PostgreSQL keeps what it writes of the log and marks it
    /// for the archive, with the history of the new timeline, so that the server that is started
    /// on them afterwards archives it first; a recovery finds the new timeline by that alone.
    enum class Purpose { kExamine, kServe };

    /// `like` is the cluster that was backed up. kCorrupt with the server's words when it does not
    /// come up: the log it needs is missing, or ends before the moment. kBusy once `stopped` says
    /// so, which is asked a few times a second.
    [[nodiscard]] static Result<std::unique_ptr<RestoredCluster>> start(
        const Cluster& like, std::filesystem::path data, std::function<bool()> stopped = {},
        Purpose purpose = Purpose::kExamine);

    /// Whether a server can be started on that folder, which need not be there yet: kInvalid with a
    /// name that a shell would read otherwise, or too long for the path of a socket.
    [[nodiscard]] static Result<void> check_name(const std::filesystem::path& data);

    /// Ends the server that a process which died has left on `data`, if there is one.
    [[nodiscard]] static Result<void> end_left_over(const Cluster& like,
                                                    const std::filesystem::path& data);
    ~RestoredCluster();
    RestoredCluster(const RestoredCluster&) = delete;
    RestoredCluster& operator=(const RestoredCluster&) = delete;

    [[nodiscard]] sql::DatabaseUrl url() const;
    /// Ends the server in good order.
    [[nodiscard]] Result<void> stop();

private:
    RestoredCluster(Cluster like, std::filesystem::path data);
    [[nodiscard]] Result<void> wait_for_the_moment(const std::function<bool()>& stopped);
    [[nodiscard]] std::string last_words(std::string_view otherwise) const;

    Cluster like_;
    std::filesystem::path data_;
    std::filesystem::path socket_;
    bool is_running_ = false;
};

}  // namespace segurifai::pgbackrest
