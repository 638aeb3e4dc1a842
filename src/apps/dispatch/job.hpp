#pragma once

#include <optional>
#include <string>

#include "apps/assistance/tables.hpp"
#include "apps/audit/service.hpp"
#include "apps/dispatch/tables.hpp"
#include "apps/keys.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "http/call.hpp"
#include "sql/database.hpp"

namespace segurifai::dispatch {

/// A request in the hands of a unit.
struct Job {
    assistance::AssistanceRequest request;
    Assignment assignment;
};

/// The caller's latest job on the request of the path, ended ones included; kNotFound when the
/// caller's unit never had it.
[[nodiscard]] Task<Result<Job>> find_job(sql::Executor& executor, const http::Call& call);

/// The same for a step: the request's row is held until the transaction ends, before any other
/// (every writer of a request begins with it, so none waits in a circle). Refuses with
/// kInvalidTransition a job that has ended or that another unit has now.
[[nodiscard]] Task<Result<Job>> hold_job(sql::Transaction& transaction, const http::Call& call);

/// What an audit event tells of a job: `after` as canonical JSON.
[[nodiscard]] audit::Change change_of(const Assignment& assignment, std::string after);

/// True when the request is for a patient: evidence is a form and a signature, never photographs
/// (RULES §13). `health` tells that its category is HEALTH.
[[nodiscard]] bool is_for_patient(const assistance::AssistanceRequest& request, bool health);

/// The service code in a request's metadata; empty when it has none.
[[nodiscard]] std::string service_code_of(const assistance::AssistanceRequest& request);

}  // namespace segurifai::dispatch
