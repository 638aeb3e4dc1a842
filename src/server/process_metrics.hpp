#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "apps/dispatch/engine.hpp"
#include "apps/jobs/runner.hpp"
#include "apps/providers/position_buffer.hpp"
#include "http/wire_server.hpp"
#include "ops/backup/service.hpp"
#include "security/worker_pool.hpp"
#include "server/backup_look.hpp"
#include "server/health.hpp"
#include "sql/database.hpp"

/// Counters of the rooms below in the text format of Prometheus.
namespace segurifai::server {

void append_metric(std::string& out, std::string_view name, std::uint64_t value);
void append_metrics(std::string& out, const http::WireStats& stats);
void append_metrics(std::string& out, const sql::DatabaseStats& stats);
void append_metrics(std::string& out, const security::WorkerPoolStats& stats);
void append_metrics(std::string& out, const dispatch::EngineStats& stats);
void append_metrics(std::string& out, const providers::PositionBufferStats& stats);
void append_metrics(std::string& out, const jobs::RunnerStats& stats);
void append_metrics(std::string& out, const backup::ServiceStats& stats);
/// Of PostgreSQL; those of SQLite are counted by their service.
void append_metrics(std::string& out, const BackupsSeen& seen);
void append_metrics(std::string& out, const Observed& observed);
/// Memory and open files of this process.
void append_process_metrics(std::string& out);

}  // namespace segurifai::server
