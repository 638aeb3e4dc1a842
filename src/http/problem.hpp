#pragma once

#include <string_view>

#include "base/error.hpp"
#include "http/answer.hpp"
#include "http/call.hpp"
#include "http/negotiation.hpp"

/// Errors as answers (API §1.5), in the shape and the language that were asked for.
namespace segurifai::http {

/// What stands around an error.
struct ProblemContext {
    Language language = Language::kSpanish;
    ProblemShape shape = ProblemShape::kPlain;
    std::string_view instance;    ///< the path
    std::string_view request_id;  ///< empty = none
    bool removes = false;         ///< the call was to remove something
};

/// Replaces the status and body of `answer` by what `error` means. Of the headers that are there
/// only those stay that belong to the refusal (ETag, Retry-After, Allow and the like) or to every
/// answer; Location and other marks of an effect go.
void write_problem(const Error& error, const ProblemContext& context, Answer& answer);

/// The same for a refusal of the floor below, by its word ("parse_error", "request_timeout" …). An
/// unknown word below 500 is kept and said like parse_error; from 500 it is internal_error.
void write_problem(std::string_view code, int status, const ProblemContext& context,
                   Answer& answer);

}  // namespace segurifai::http
