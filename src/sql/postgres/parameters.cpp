#include "sql/postgres/parameters.hpp"

namespace segurifai::sql::postgres {

Result<void> Parameters::fill(Params params) {
    bytes_.clear();
    const std::size_t count = params.size();
    types_.resize(count);
    starts_.resize(count);
    values_.resize(count);
    lengths_.resize(count);
    formats_.assign(count, 1);
    for (std::size_t i = 0; i < count; ++i) {
        types_[i] = parameter_type(params[i].type());
        starts_[i] = bytes_.size();
        if (!params[i].is_null()) SEGURIFAI_TRY(append_parameter(bytes_, params[i]));
        lengths_[i] = static_cast<int>(bytes_.size() - starts_[i]);
    }
    for (std::size_t i = 0; i < count; ++i)  // only now do the bytes stay where they are
        values_[i] = params[i].is_null() ? nullptr : bytes_.data() + starts_[i];
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
