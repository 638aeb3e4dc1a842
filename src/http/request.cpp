#include "http/request.hpp"

namespace segurifai::http {

std::string_view name_of(Method method) noexcept {
    switch (method) {
        case Method::kGet: return "GET";
        case Method::kHead: return "HEAD";
        case Method::kPost: return "POST";
        case Method::kPut: return "PUT";
        case Method::kPatch: return "PATCH";
        case Method::kDelete: return "DELETE";
        case Method::kOptions: return "OPTIONS";
        case Method::kOther: break;
    }
    return {};
}

}  // namespace segurifai::http
