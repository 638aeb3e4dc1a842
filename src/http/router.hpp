#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "http/call.hpp"
#include "http/permission.hpp"
#include "http/request.hpp"
#include "http/route.hpp"

namespace segurifai::http {

inline constexpr std::size_t kPathParameterSizeMax = 256;  ///< bytes, decoded
inline constexpr std::size_t kPathSegmentsMax = 16;

/// A route and the row of the permission table that its operation has.
struct RoutedOperation {
    Route route;
    const Permission* permission = nullptr;
    std::size_t number = 0;  ///< index among all routes, for counters
};

/// What a path and a method lead to.
struct Routed {
    enum class Kind : std::uint8_t { kOperation, kNotFound, kMethodNotAllowed, kOptions };
    Kind kind = Kind::kNotFound;
    const RoutedOperation* operation = nullptr;  ///< kOperation
    std::string_view allow;                      ///< "GET, HEAD, OPTIONS", where the path is ours
    std::array<std::string_view, kPathParametersMax> parameters{};  ///< decoded
    std::array<std::string, kPathParametersMax> decoded;  ///< holds those that were encoded
};

/// All routes as a tree of path segments, made once at start. Immutable; used from every thread.
class Router {
public:
    /// kInternal with one fault for every mistake: a route without a permission row, a row without
    /// a route, two routes at one place, an operation named twice, a shape that check_shape
    /// refuses, a path that is no path of ours. `permissions` stays alive as long as the router.
    [[nodiscard]] static Result<Router> make(std::vector<Route> routes,
                                             std::span<const Permission> permissions);
    Router(Router&&) noexcept;
    Router& operator=(Router&&) noexcept;
    ~Router();

    /// `path` is still percent-encoded; a slash at its end makes no difference. A path with an
    /// encoding that is none, an encoded slash or a parameter that is too long is not found.
    /// What `out.parameters` point at lives as long as `path` and `out`.
    void find(Method method, std::string_view path, Routed& out) const;

    [[nodiscard]] std::span<const RoutedOperation> operations() const noexcept {
        return operations_;
    }
    /// The names of the operations by number.
    [[nodiscard]] std::vector<std::string_view> names() const;

private:
    struct Node;
    Router();
    /// The node of a path of a route, made when it is missing.
    Node& place(std::string_view path);

    std::vector<RoutedOperation> operations_;
    std::unique_ptr<Node> root_;
};

}  // namespace segurifai::http
