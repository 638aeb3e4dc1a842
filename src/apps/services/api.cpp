#include "apps/services/api.hpp"

#include <iterator>

namespace segurifai::services {

std::vector<http::Route> routes() {
    std::vector<http::Route> all;
    for (auto&& part : {catalogue_routes(), subscription_routes(), coverage_routes()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

}  // namespace segurifai::services
