#include "sql/postgres/parameters.hpp"

#include "sql/postgres/gathering.hpp"

namespace segurifai::sql::postgres {

void Parameters::resize(std::size_t count) {
    bytes_.clear();
    types_.resize(count);
    starts_.resize(count);
    values_.resize(count);
    lengths_.resize(count);
    formats_.assign(count, 1);
}

/// Only once all are written do the bytes stay where they are.
void Parameters::point_at_bytes() {
    for (std::size_t i = 0; i < values_.size(); ++i) values_[i] = bytes_.data() + starts_[i];
}

Result<void> Parameters::fill(Params params) {
    const std::size_t count = params.size();
    resize(count);
    for (std::size_t i = 0; i < count; ++i) {
        types_[i] = parameter_type(params[i].type());
        starts_[i] = bytes_.size();
        if (!params[i].is_null()) SEGURIFAI_TRY(append_parameter(bytes_, params[i]));
        lengths_[i] = static_cast<int>(bytes_.size() - starts_[i]);
    }
    point_at_bytes();
    for (std::size_t i = 0; i < count; ++i)
        if (params[i].is_null()) values_[i] = nullptr;
    return {};
}

Result<void> Parameters::fill(std::span<Request* const> requests) {
    const Params first = requests.front()->params;
    resize(first.size());
    for (std::size_t i = 0; i < first.size(); ++i) {
        types_[i] = array_type(parameter_type(first[i].type()));
        starts_[i] = bytes_.size();
        SEGURIFAI_TRY(append_array(bytes_, requests, i));
        lengths_[i] = static_cast<int>(bytes_.size() - starts_[i]);
    }
    point_at_bytes();
    return {};
}

std::string signature_of(Params params) {
    std::string signature;
    for (const Value& value : params) signature += static_cast<char>(value.type());
    return signature;
}

bool has_signature(Params params, std::string_view signature) noexcept {
    if (params.size() != signature.size()) return false;
    for (std::size_t i = 0; i < params.size(); ++i)
        if (static_cast<char>(params[i].type()) != signature[i]) return false;
    return true;
}

}  // namespace segurifai::sql::postgres
