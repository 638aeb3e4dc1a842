#include "http/router.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "http/percent.hpp"
#include "http/shape.hpp"

namespace segurifai::http {

namespace {

constexpr std::array kMethods{Method::kGet,   Method::kHead,   Method::kPost,   Method::kPut,
                              Method::kPatch, Method::kDelete, Method::kOptions};
constexpr std::size_t kMethodCount = 8;

/// Cuts the first segment off a path that begins with '/'.
std::string_view cut_segment(std::string_view& path) {
    path.remove_prefix(1);
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view segment = path.substr(0, end);
    path.remove_prefix(end);
    return segment;
}

bool is_parameter(std::string_view segment) {
    return segment.size() > 2 && segment.starts_with('{') && segment.ends_with('}');
}

/// Whether a segment stands as it is in a path of ours.
bool is_plain_segment(std::string_view segment) {
    return !segment.empty() && std::ranges::all_of(segment, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    });
}

std::string fault_of_path(std::string_view path) {
    if (path == "/") return {};
    if (!path.starts_with('/')) return "does not begin with a slash";
    if (path.ends_with('/')) path.remove_suffix(1);
    std::size_t parameters = 0;
    std::size_t segments = 0;
    while (!path.empty()) {
        const std::string_view segment = cut_segment(path);
        ++segments;
        if (is_parameter(segment))
            ++parameters;
        else if (!is_plain_segment(segment))
            return fmt::format("has the segment '{}'", segment);
    }
    if (parameters > kPathParametersMax) return "has too many parameters";
    if (segments > kPathSegmentsMax) return "has too many segments";
    return {};
}

void check_shapes(const FieldType* type, ShapeUse use, std::string_view operation,
                  std::vector<Fault>& faults) {
    while (type != nullptr && type->inner != nullptr) type = type->inner;
    if (type == nullptr || type->kind != FieldType::Kind::kObject) return;
    if (const auto checked = check_shape(type->shape(), use); !checked)
        faults.push_back({std::string(operation), checked.error().message});
}

}  // namespace

struct Router::Node {
    std::vector<std::pair<std::string_view, std::unique_ptr<Node>>> children;  // sorted at the end
    std::unique_ptr<Node> parameter;
    std::array<const RoutedOperation*, kMethodCount> operations{};
    std::string allow;

    [[nodiscard]] const Node* child(std::string_view segment) const {
        const auto found = std::ranges::lower_bound(children, segment, {},
                                                    [](const auto& one) { return one.first; });
        return found != children.end() && found->first == segment ? found->second.get() : nullptr;
    }
    void finish() {
        std::ranges::sort(children, {}, [](const auto& one) { return one.first; });
        auto& get = operations[static_cast<std::size_t>(Method::kGet)];
        auto& head = operations[static_cast<std::size_t>(Method::kHead)];
        if (head == nullptr) head = get;
        for (const Method method : kMethods) {
            const bool is_there = operations[static_cast<std::size_t>(method)] != nullptr ||
                                  method == Method::kOptions;
            if (!is_there) continue;
            if (!allow.empty()) allow += ", ";
            allow += name_of(method);
        }
        if (allow == "OPTIONS") allow.clear();  // a place between, no path of ours
        for (auto& [segment, node] : children) node->finish();
        if (parameter) parameter->finish();
    }
};

Router::Router() : root_(std::make_unique<Node>()) {}
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;
Router::~Router() = default;

Router::Node& Router::place(std::string_view path) {
    if (path.ends_with('/')) path.remove_suffix(1);
    Node* node = root_.get();
    while (!path.empty()) {
        const std::string_view segment = cut_segment(path);
        std::unique_ptr<Node>* next = &node->parameter;
        if (!is_parameter(segment)) {
            auto found = std::ranges::find_if(
                node->children, [&](const auto& one) { return one.first == segment; });
            if (found == node->children.end())
                found = node->children.emplace(found, segment, nullptr);
            next = &found->second;
        }
        if (!*next) *next = std::make_unique<Node>();
        node = next->get();
    }
    return *node;
}

Result<Router> Router::make(std::vector<Route> routes, std::span<const Permission> permissions) {
    Router router;
    std::vector<Fault> faults;
    const auto report = [&](std::string_view operation, std::string message) {
        faults.push_back({std::string(operation), std::move(message)});
    };
    if (!std::ranges::is_sorted(permissions, {}, &Permission::operation))
        report("permissions", "The table is not sorted by operation.");
    router.operations_.reserve(routes.size());  // the nodes point into it
    for (Route& route : routes) {
        const Permission* permission = http::find(permissions, route.operation);
        if (permission == nullptr) report(route.operation, "There is no permission row for it.");
        if (route.endpoint == nullptr) report(route.operation, "It has no handler.");
        if (std::ranges::any_of(router.operations_, [&](const RoutedOperation& other) {
                return other.route.operation == route.operation;
            }))
            report(route.operation, "Two routes have this name.");
        check_shapes(route.input.type, ShapeUse::kRead, route.operation, faults);
        check_shapes(route.output.type, ShapeUse::kWrite, route.operation, faults);
        if (const ListSpec* list = route.options.list)
            if (const auto checked = check_list(*list); !checked)
                report(route.operation, checked.error().message);
        if (const std::string fault = fault_of_path(route.path); !fault.empty()) {
            report(route.operation, fmt::format("Its path {} {}.", route.path, fault));
            continue;
        }
        const RoutedOperation& kept = router.operations_.emplace_back(
            RoutedOperation{route, permission, router.operations_.size()});
        auto& cell =
            router.place(kept.route.path).operations[static_cast<std::size_t>(route.method)];
        if (cell != nullptr)
            report(route.operation,
                   fmt::format("{} stands at the same place.", cell->route.operation));
        cell = &kept;
    }
    for (const Permission& row : permissions) {
        const bool is_routed = std::ranges::any_of(
            routes, [&](const Route& route) { return route.operation == row.operation; });
        if (!is_routed) report(row.operation, "There is no route for this permission row.");
    }
    if (!faults.empty()) {
        std::string message = "The table of routes is not sound:";
        for (const Fault& one : faults) message += fmt::format(" [{}] {}", one.path, one.message);
        return std::unexpected(
            Error{.code = Code::kInternal, .message = std::move(message), .faults = faults});
    }
    router.root_->finish();
    return router;
}

void Router::find(Method method, std::string_view path, Routed& out) const {
    out.kind = Routed::Kind::kNotFound;
    if (!path.starts_with('/')) return;
    if (path.ends_with('/')) path.remove_suffix(1);
    const Node* node = root_.get();
    std::size_t parameters = 0;
    // One way through the tree: a segment that stands as it is goes before a parameter, and a
    // parameter never has a sibling that only a deeper segment would tell apart.
    while (!path.empty()) {
        const std::string_view segment = cut_segment(path);
        if (segment.empty()) return;
        if (const Node* next = node->child(segment); next != nullptr) {
            node = next;
            continue;
        }
        node = node->parameter.get();
        if (node == nullptr || parameters == kPathParametersMax) return;
        std::string_view value = segment;
        if (segment.find('%') != std::string_view::npos) {
            auto decoded = decode_segment(segment);
            if (!decoded || decoded->contains('/')) return;
            out.decoded[parameters] = *std::move(decoded);
            value = out.decoded[parameters];
        }
        if (value.size() > kPathParameterSizeMax) return;
        out.parameters[parameters++] = value;
    }
    if (node->allow.empty()) return;
    out.allow = node->allow;
    out.operation = node->operations[static_cast<std::size_t>(method)];
    if (out.operation != nullptr)
        out.kind = Routed::Kind::kOperation;
    else
        out.kind =
            method == Method::kOptions ? Routed::Kind::kOptions : Routed::Kind::kMethodNotAllowed;
}

std::vector<std::string_view> Router::names() const {
    std::vector<std::string_view> names;
    names.reserve(operations_.size());
    for (const RoutedOperation& one : operations_) names.push_back(one.route.operation);
    return names;
}

}  // namespace segurifai::http
