#include "apps/assistance/api.hpp"

namespace segurifai::assistance {

std::vector<http::Route> routes() {
    std::vector<http::Route> all;
    for (auto&& part : {request_routes(), creation_routes(), cancellation_routes(), update_routes(),
                        tracking_routes(), document_routes()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

}  // namespace segurifai::assistance
