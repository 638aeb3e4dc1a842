#include "sql/postgres/gathering.hpp"

#include <algorithm>
#include <cctype>

#include "sql/postgres/wire.hpp"

namespace segurifai::sql::postgres {

bool may_gather(const Request& request) noexcept {
    return request.is_point() && request.prepared && !request.alone && request.statement.id != 0 &&
           !request.params.empty();
}

bool are_alike(const Request& one, const Request& other) noexcept {
    return one.statement.id == other.statement.id &&
           std::ranges::equal(one.params, other.params, {}, &Value::type, &Value::type);
}

std::vector<Request*> give_places(std::span<Request* const> requests) {
    std::vector<Request*> firsts;
    for (Request* request : requests) {
        const auto asks_the_same = [request](const Request* other) {
            return std::ranges::equal(request->params, other->params);
        };
        auto first = std::ranges::find_if(firsts, asks_the_same);
        if (first == firsts.end()) first = firsts.insert(first, request);
        request->place = first - firsts.begin() + 1;
    }
    if (firsts.size() == 1)
        for (Request* request : requests) request->place = 0;
    return firsts;
}

std::string gathered_text(std::string_view text, std::size_t parameters) {
    std::string arrays;
    std::string names;
    for (std::size_t i = 1; i <= parameters; ++i) {
        const std::string number = std::to_string(i);
        arrays += (i > 1 ? ", (SELECT $" : "(SELECT $") + number + ")";
        names += "p" + number + ", ";
    }
    // A sub-select hides how long the arrays are: a plan for each length would look cheaper than
    // the one plan for all, and planning costs more than reading. OFFSET 0 keeps the planner from
    // merging the two: each row is read by its key as it would be alone, whatever the tables'
    // statistics say.
    std::string gathered = "SELECT gathered.n, found.* FROM unnest(" + arrays +
                           ") WITH ORDINALITY AS gathered(" + names + "n) CROSS JOIN LATERAL (";
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\'') quoted = !quoted;
        const bool parameter = !quoted && text[i] == '$' && i + 1 < text.size() &&
                               text[i + 1] >= '1' && text[i + 1] <= '9';
        if (parameter)
            gathered += "gathered.p";
        else
            gathered += text[i];
    }
    return gathered + " OFFSET 0) AS found";
}

Oid array_type(Oid element) noexcept {
    switch (element) {  // pg_type.dat
        case kBool: return 1000;
        case kInt8: return 1016;
        case kFloat8: return 1022;
        case kNumeric: return 1231;
        case kTextType: return 1009;
        case kUuidType: return 2951;
        case kDateType: return 1182;
        case kTimestamptz: return 1185;
        case kJsonb: return 3807;
        default: return kUnknown;
    }
}

Result<void> append_array(std::string& out, std::span<Request* const> requests, std::size_t index) {
    const auto value = [index](const Request* request) -> const Value& {
        return request->params[index];
    };
    const bool has_null =
        std::ranges::any_of(requests, [&](const Request* one) { return value(one).is_null(); });
    append_int32(out, 1);  // dimensions
    append_int32(out, has_null ? 1 : 0);
    append_int32(out, static_cast<std::int32_t>(parameter_type(value(requests.front()).type())));
    append_int32(out, static_cast<std::int32_t>(requests.size()));
    append_int32(out, 1);  // the first index
    for (const Request* request : requests) {
        const std::size_t length_at = out.size();
        append_int32(out, -1);
        if (value(request).is_null()) continue;
        SEGURIFAI_TRY(append_parameter(out, value(request)));
        std::string length;
        append_int32(length,
                     static_cast<std::int32_t>(out.size() - length_at - sizeof(std::int32_t)));
        out.replace(length_at, length.size(), length);
    }
    return {};
}

}  // namespace segurifai::sql::postgres
