#include "http/list_cursor.hpp"

#include <charconv>

#include "model/record.hpp"
#include "model/text_value.hpp"

namespace segurifai::http {
namespace {

constexpr char kForward = 'n';
constexpr char kBackward = 'p';
constexpr char kNull = '~';

/// Takes "<size>:<characters>" from the front of `text`.
std::optional<std::string_view> take_sized(std::string_view& text) noexcept {
    std::size_t size = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), size);
    if (error != std::errc() || stop == end || *stop != ':') return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()) + 1);
    if (size > text.size()) return std::nullopt;
    const std::string_view taken = text.substr(0, size);
    text.remove_prefix(size);
    return taken;
}

}  // namespace

std::string write_place(const ListPlace& place) {
    std::string text(1, place.backward ? kBackward : kForward);
    for (const sql::OwnedValue& owned : place.values) {
        const sql::Value value = owned.view();
        if (value.is_null()) {
            text += kNull;
            continue;
        }
        const std::string written = sql::to_display(value);
        text += std::to_string(written.size()) + ":" + written;
    }
    return text;
}

std::optional<ListPlace> read_place(const model::Filter& filter, std::string_view text) {
    if (text.empty() || (text.front() != kForward && text.front() != kBackward))
        return std::nullopt;
    ListPlace place{.backward = text.front() == kBackward, .values = {}};
    text.remove_prefix(1);
    for (const model::Filter::Order& order : filter.order()) {
        const model::Column& column = filter.table().columns[order.column];
        if (text.starts_with(kNull)) {
            text.remove_prefix(1);
            if (!column.null) return std::nullopt;
            place.values.emplace_back(model::null_of(column));
            continue;
        }
        const auto written = take_sized(text);
        if (!written) return std::nullopt;
        const auto value = model::parse_value(column, *written);
        if (!value) return std::nullopt;
        place.values.emplace_back(*value);
    }
    if (!text.empty()) return std::nullopt;
    return place;
}

}  // namespace segurifai::http
