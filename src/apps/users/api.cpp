#include "apps/users/api.hpp"

#include <iterator>

namespace segurifai::users {

std::vector<http::Route> routes() {
    std::vector<http::Route> all = access_routes();
    for (const auto& part : {code_routes(), account_routes(), archive_routes()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

}  // namespace segurifai::users
