#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/task.hpp"
#include "http/call.hpp"
#include "http/list.hpp"
#include "http/shape.hpp"

/// Routes are declared once, beside their handlers; router, permission check, OpenAPI, metrics and
/// rate limits come from the declaration.
///
///     std::vector<http::Route> routes() {
///         return {http::get<&detail>("/api/assistance/requests/{id}/", "requests.detail",
///                                    {.summary = "One request", .etag = true}),
///                 http::post<&create>("/api/assistance/requests/", "requests.create",
///                                     {.summary = "Ask for help", .status = 201, .keyed = true})};
///     }
///
/// A handler is `Task<Result<Out>> f(Call&)` or `f(Call&, In)`. In: a shaped struct (from the query
/// of GET and DELETE, else, or with `.from_body`, from the JSON body), or ListQuery where `.list`
/// is given. Out: a shaped struct, a described row, a Page, a std::vector of these, Plain, or
/// NoContent.
namespace segurifai::http {

enum class Rate : std::uint8_t {
    kStandard,   ///< by identity and role
    kSignIn,     ///< L: 10 a minute and address as well
    kUncounted,  ///< health
};

enum class Media : std::uint8_t { kJson, kMultipart };

struct RouteOptions {
    std::string_view summary;  ///< one line, for the documentation
    int status = 200;
    bool keyed = false;     ///< K: needs Idempotency-Key
    bool if_match = false;  ///< E: needs If-Match
    bool etag = false;      ///< answers with a strong ETag of its body, and 304
    bool personal = true;   ///< Cache-Control: no-store
    Rate rate = Rate::kStandard;
    Media media = Media::kJson;
    std::size_t body_bytes_max = 1'000'000;  ///< more is 413
    bool from_body = false;  ///< DELETE: what it takes is no matter for an address (a password)
    const ListSpec* list = nullptr;
    /// The read that goes with that of the caller; null when the address names nothing to read.
    std::unique_ptr<EarlyRead> (*early)(const Call& call) = nullptr;
    std::span<const Refusal> refusals = {};  ///< beyond the obvious, for the documentation
};

/// No body: 204.
struct NoContent {};

/// A body that is no JSON of a shape: text, HTML, YAML. `call.answer.content_type` says what.
struct Plain {
    std::string body;
};

/// What a route takes and gives, for the documentation.
struct Payload {
    enum class Kind : std::uint8_t { kNone, kValue, kPage, kArray, kPlain };
    Kind kind = Kind::kNone;
    const FieldType* type = nullptr;
};

struct Route {
    Method method = Method::kGet;
    std::string_view path;  ///< "/api/assistance/requests/{id}/"
    std::string_view operation;
    RouteOptions options;
    Payload input;
    Payload output;
    /// Reads the input, calls the handler, writes the answer's status and body.
    Task<Result<void>> (*endpoint)(Call& call) = nullptr;
};

/// Whether a route takes its input from the query of the address, and not from a body.
[[nodiscard]] constexpr bool reads_query(const Route& route) noexcept {
    return route.method == Method::kGet ||
           (route.method == Method::kDelete && !route.options.from_body);
}

/// The input of a call, read as its route declares. Used by the templates below.
[[nodiscard]] Result<void> read_input(Call& call, const Shape& shape, void* object);
[[nodiscard]] Result<ListQuery> read_list_input(Call& call);
void write_page(Call& call, const PageLinks& links, const FieldType& type,
                std::span<const void* const> results, std::span<const std::string> fields);

namespace detail {

template <class Function>
struct Handler;
template <class Out_>
struct Handler<Task<Result<Out_>> (*)(Call&)> {
    using Out = Out_;
    using In = void;
};
template <class Out_, class In_>
struct Handler<Task<Result<Out_>> (*)(Call&, In_)> {
    using Out = Out_;
    using In = In_;
};

template <class T>
inline constexpr bool kIsPage = false;
template <class T>
inline constexpr bool kIsPage<Page<T>> = true;
template <class T>
struct PageItem;
template <class T>
struct PageItem<Page<T>> {
    using Type = T;
};

template <class Out>
void write_output(Call& call, const Out& out) {
    call.answer.status = call.route.options.status;
    if constexpr (std::same_as<Out, NoContent>) {
        call.answer.status = 204;
        call.answer.content_type = {};
    } else if constexpr (std::same_as<Out, Plain>) {
        call.answer.body = out.body;
    } else if constexpr (kIsPage<Out>) {
        std::vector<const void*> results;
        results.reserve(out.results.size());
        for (const auto& one : out.results) results.push_back(&one);
        write_page(call, out.links, kFieldType<typename PageItem<Out>::Type>, results, out.fields);
    } else {
        append_json(call.answer.body, out);
    }
}

template <auto Function>
Task<Result<void>> endpoint(Call& call) {
    using In = typename Handler<decltype(Function)>::In;
    using Out = typename Handler<decltype(Function)>::Out;
    Result<Out> out = fail(Code::kInternal, {});
    if constexpr (std::is_void_v<In>) {
        out = co_await Function(call);
    } else if constexpr (std::same_as<In, ListQuery>) {
        auto in = read_list_input(call);
        if (!in) co_return std::unexpected(std::move(in).error());
        out = co_await Function(call, *std::move(in));
    } else {
        In in;
        if (auto read = read_input(call, shape_of<In>(), &in); !read)
            co_return std::unexpected(std::move(read).error());
        out = co_await Function(call, std::move(in));
    }
    if (call.answered) co_return Result<void>();
    if (!out) co_return std::unexpected(std::move(out).error());
    write_output(call, *out);
    co_return Result<void>();
}

template <class T>
struct ArrayItem {
    using Type = void;
};
template <class T>
struct ArrayItem<std::vector<T>> {
    using Type = T;
};

template <class Out>
consteval Payload output_of() {
    if constexpr (std::same_as<Out, NoContent>)
        return {};
    else if constexpr (std::same_as<Out, Plain>)
        return {Payload::Kind::kPlain, nullptr};
    else if constexpr (kIsPage<Out>)
        return {Payload::Kind::kPage, &kFieldType<typename PageItem<Out>::Type>};
    else if constexpr (!std::is_void_v<typename ArrayItem<Out>::Type>)
        return {Payload::Kind::kArray, &kFieldType<typename ArrayItem<Out>::Type>};
    else
        return {Payload::Kind::kValue, &kFieldType<Out>};
}

template <class In>
consteval Payload input_of() {
    if constexpr (std::is_void_v<In> || std::same_as<In, ListQuery>)
        return {};
    else
        return {Payload::Kind::kValue, &kFieldType<In>};
}

template <auto Function>
[[nodiscard]] Route route(Method method, std::string_view path, std::string_view operation,
                          const RouteOptions& options) {
    using Parts = Handler<decltype(Function)>;
    return {method,
            path,
            operation,
            options,
            input_of<typename Parts::In>(),
            output_of<typename Parts::Out>(),
            &endpoint<Function>};
}

}  // namespace detail

template <auto Function>
[[nodiscard]] Route get(std::string_view path, std::string_view operation,
                        const RouteOptions& options = {}) {
    return detail::route<Function>(Method::kGet, path, operation, options);
}
template <auto Function>
[[nodiscard]] Route post(std::string_view path, std::string_view operation,
                         const RouteOptions& options = {}) {
    return detail::route<Function>(Method::kPost, path, operation, options);
}
template <auto Function>
[[nodiscard]] Route put(std::string_view path, std::string_view operation,
                        const RouteOptions& options = {}) {
    return detail::route<Function>(Method::kPut, path, operation, options);
}
template <auto Function>
[[nodiscard]] Route patch(std::string_view path, std::string_view operation,
                          const RouteOptions& options = {}) {
    return detail::route<Function>(Method::kPatch, path, operation, options);
}
template <auto Function>
[[nodiscard]] Route remove(std::string_view path, std::string_view operation,
                           const RouteOptions& options = {}) {
    return detail::route<Function>(Method::kDelete, path, operation, options);
}

}  // namespace segurifai::http
