#include "http/list.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <span>

#include "http/list_cursor.hpp"
#include "http/shape_text.hpp"
#include "model/json_value.hpp"

namespace segurifai::http {
namespace {

/// A page number past this is past the end of every list, and still counts rows in an int64.
constexpr std::int64_t kPageMax = 1'000'000'000'000;
constexpr std::size_t kFieldNameMax = 63;
/// Characters of all texts one may order by: more would make a cursor too long to be signed.
constexpr int kOrderedTextMax = 700;

constexpr std::string_view kNoParameter = "There is no such parameter.";

bool is_one_of(std::span<const std::string_view> names, std::string_view name) noexcept {
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::string_view without_sign(std::string_view order) noexcept {
    return order.starts_with('-') ? order.substr(1) : order;
}

/// Whether a word `ranks` places after the one that was asked for is "gt", "gte", "lt" or "lte" it;
/// nothing for other operators.
std::optional<bool> compares(std::string_view op, std::ptrdiff_t ranks) noexcept {
    if (op == "gt") return ranks > 0;
    if (op == "gte") return ranks >= 0;
    if (op == "lt") return ranks < 0;
    if (op == "lte") return ranks <= 0;
    return std::nullopt;
}

/// What stands for itself in an address (RFC 3986 §2.3).
constexpr auto kUnreserved = [] {
    std::array<bool, 256> unreserved{};
    for (const char c : std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789-._~"))
        unreserved[static_cast<unsigned char>(c)] = true;
    return unreserved;
}();

void append_encoded(std::string& out, std::string_view text) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    const auto is_unreserved = [](char c) { return kUnreserved[static_cast<unsigned char>(c)]; };
    while (!text.empty()) {
        const auto run =
            static_cast<std::size_t>(std::ranges::find_if_not(text, is_unreserved) - text.begin());
        out += text.substr(0, run);
        text.remove_prefix(run);
        if (text.empty()) return;
        const auto byte = static_cast<unsigned char>(text.front());
        out += {'%', kHex[byte >> 4], kHex[byte & 0x0f]};
        text.remove_prefix(1);
    }
}

void append_pair(std::string& out, std::string_view name, std::string_view value) {
    if (!out.empty()) out += '&';
    append_encoded(out, name);
    out += '=';
    append_encoded(out, value);
}

/// Parameters that say how much is shown, not which rows in which order.
bool is_window(std::string_view name) noexcept {
    return name == "page" || name == "page_size" || name == "cursor" || name == "count" ||
           name == "fields";
}

/// Whether one of the parameters has that name. They are few.
bool is_named(std::span<const QueryPairs::value_type> pairs, std::string_view name) noexcept {
    return std::ranges::find(pairs, name, &QueryPairs::value_type::first) != pairs.end();
}

std::string purpose_of(std::string_view path, const QueryPairs& pairs) {
    std::vector<std::string> parts;
    for (const auto& [name, value] : pairs)
        if (!is_window(name)) append_pair(parts.emplace_back(), name, value);
    std::ranges::sort(parts);
    // The path is served with and without its last slash.
    if (path.ends_with('/')) path.remove_suffix(1);
    std::string purpose = "cursor:" + std::string(path);
    for (const std::string& part : parts) purpose += "&" + part;
    return purpose;
}

/// Reads the parameters of one list, keeping every fault.
class ListReader {
public:
    ListReader(const ListSpec& spec, const ListAsker& asker, ListQuery& query)
        : spec_(spec), referred_(asker.is_staff ? spec.staff_search : nullptr), query_(query) {
        query_.filter.give(asker.given);
    }

    void read(const QueryPairs& pairs) {
        for (auto pair = pairs.begin(); pair != pairs.end(); ++pair) {
            const auto& [name, value] = *pair;
            if (faults_.size() >= kFaultsMax) return;
            if (is_named(std::span(pairs.begin(), pair), name))
                fault(name, "This field is given twice.");
            else
                parameter(name, value);
            if (name != "page" && name != "cursor") append_pair(query_.parameters, name, value);
        }
        if (is_named(pairs, "page") && query_.keyset)
            fault("page", "Must not stand beside cursor.");
        set_order();
    }

    /// After everything else, for it belongs to the order and the filters.
    void open_cursor(const security::TextSigner& signer) {
        if (cursor_.empty()) return;
        const auto payload = signer.open(cursor_, query_.purpose);
        auto place = payload ? read_place(query_.filter, *payload) : std::nullopt;
        bool taken = false;
        if (place) {
            taken = place->backward ? query_.filter.before(std::move(place->values)).has_value()
                                    : query_.filter.after(std::move(place->values)).has_value();
        }
        if (!taken) fault("cursor", "Must be a cursor of this list.");
        query_.begun = taken;
    }

    [[nodiscard]] Result<void> result() {
        if (faults_.empty()) return {};
        return std::unexpected(Error{.code = Code::kInvalid,
                                     .message = "The input is not valid.",
                                     .faults = std::move(faults_)});
    }

private:
    void fault(std::string_view name, std::string_view message) {
        faults_.push_back({std::string(model::shown_name(name)), std::string(message)});
    }

    void parameter(std::string_view name, std::string_view value) {
        if (name == "page") {
            if (const auto page = number(name, value, 1, {}))
                query_.page = std::min(*page, kPageMax);
        } else if (name == "page_size") {
            if (const auto size = number(name, value, 1, kPageSizeMax)) query_.page_size = *size;
        } else if (name == "cursor") {
            query_.keyset = true;
            cursor_ = value;
        } else if (name == "count") {
            query_.exact_count = value == "exact";
            if (!query_.exact_count) fault(name, "Must be one of exact.");
        } else if (name == "ordering") {
            ordering(value);
        } else if (name == "fields") {
            fields(value);
        } else if (name == "search" && (!spec_.search.empty() || referred_ != nullptr)) {
            search(value);
        } else {
            filter(name, value);
        }
    }

    std::optional<std::int64_t> number(std::string_view name, std::string_view text,
                                       std::int64_t min, std::optional<std::int64_t> max) {
        std::int64_t value = 0;
        const char* const end = text.data() + text.size();
        const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error == std::errc::result_out_of_range && stop == end)
            value = text.starts_with('-') ? min - 1 : std::numeric_limits<std::int64_t>::max();
        else if (error != std::errc() || stop != end)
            return fault(name, "Must be a whole number."), std::nullopt;
        if (max && (value < min || value > *max))
            return fault(name, "Must be between " + std::to_string(min) + " and " +
                                   std::to_string(*max) + "."),
                   std::nullopt;
        if (value < min)
            return fault(name, "Must be at least " + std::to_string(min) + "."), std::nullopt;
        return value;
    }

    void ordering(std::string_view text) {
        if (text.empty()) return;
        std::string_view rest = text;
        for (bool more = true; more;) {
            const std::size_t comma = rest.find(',');
            more = comma != std::string_view::npos;
            const std::string_view name = without_sign(rest.substr(0, comma));
            if (more) rest.remove_prefix(comma + 1);
            const bool known =
                std::any_of(spec_.orders.begin(), spec_.orders.end(),
                            [&](std::string_view order) { return without_sign(order) == name; });
            if (!known)
                return fault("ordering", "There is no ordering '" +
                                             std::string(model::shown_name(name)) + "'.");
        }
        ordering_ = text;
    }

    void set_order() {
        const std::string_view order = !ordering_.empty()     ? ordering_
                                       : spec_.orders.empty() ? std::string_view()
                                                              : spec_.orders.front();
        if (auto set = query_.filter.order_by(order, spec_.ranked); !set)
            fault("ordering", set.error().faults.front().message);
    }

    void fields(std::string_view text) {
        for (bool more = true; more;) {
            const std::size_t comma = text.find(',');
            more = comma != std::string_view::npos;
            const std::string_view name = text.substr(0, comma);
            if (more) text.remove_prefix(comma + 1);
            const bool good = !name.empty() && name.size() <= kFieldNameMax &&
                              name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") ==
                                  std::string_view::npos;
            if (!good) return fault("fields", "Must be names of fields, joined by commas.");
            if (query_.fields.size() == kListFieldsMax)
                return fault("fields",
                             "Must have at most " + std::to_string(kListFieldsMax) + " items.");
            query_.fields.emplace_back(name);
        }
    }

    void search(std::string_view text) {
        std::string buffer;
        const auto tidy = tidy_text(text, buffer);
        if (!tidy) return fault("search", "Must not contain control characters.");
        if (auto set = query_.filter.search(spec_.search, *tidy, referred_); !set)
            fault("search", set.error().faults.front().message);
    }

    [[nodiscard]] bool is_filter(std::string_view name) const noexcept {
        return is_one_of(spec_.filters, name) ||
               std::any_of(spec_.derived.begin(), spec_.derived.end(),
                           [&](const DerivedFilter& derived) { return derived.name == name; });
    }

    void filter(std::string_view name, std::string_view value) {
        const std::size_t mark = name.rfind("__");
        const bool known =
            is_filter(name) || (mark != std::string_view::npos && is_filter(name.substr(0, mark)));
        if (!known) return fault(name, kNoParameter);
        if (mark != std::string_view::npos && is_one_of(spec_.ranked, name.substr(0, mark)) &&
            compares(name.substr(mark + 2), 0))
            return by_rank(name, name.substr(0, mark), name.substr(mark + 2), value);
        if (auto set = query_.filter.where_term({name, value}, spec_.derived); !set)
            fault(name, set.error().faults.front().message);
    }

    /// "priority__gte=HIGH": the words from there on, whatever letters they begin with.
    void by_rank(std::string_view name, std::string_view column, std::string_view op,
                 std::string_view value) {
        const auto choices = spec_.table->find(column)->choices;
        const auto asked = std::find(choices.begin(), choices.end(), value);
        if (asked == choices.end())
            return fault(name,
                         "'" + std::string(model::shown_name(value)) + "' is none of its choices.");
        std::vector<sql::Value> words;
        for (auto word = choices.begin(); word != choices.end(); ++word)
            if (*compares(op, word - asked)) words.push_back(sql::Value::text(*word));
        const auto none = sql::Value::boolean(true);  // the column is never NULL
        auto set = words.empty()
                       ? query_.filter.where(column, model::Filter::Operator::kIsNull, none)
                       : query_.filter.where_in(column, words);
        if (!set) fault(name, set.error().faults.front().message);
    }

    const ListSpec& spec_;
    const model::ReferredTexts* referred_;  ///< what of others this asker may search
    ListQuery& query_;
    std::string_view ordering_;
    std::string_view cursor_;
    std::vector<Fault> faults_;
};

std::unexpected<Error> defect(const ListSpec& spec, std::string_view name, std::string_view what) {
    return fail(Code::kInternal, "The list of " + std::string(spec.table->name) + ": " +
                                     std::string(name) + " " + std::string(what));
}

/// A column that somebody outside may name; nullptr when there is none.
const model::Column* open_column(const model::Table& table, std::string_view name) noexcept {
    const model::Column* column = table.find(name);
    return column != nullptr && column->personal != model::Personal::kCredential ? column : nullptr;
}

bool is_open_text(const model::Table& table, std::string_view name) noexcept {
    const model::Column* column = open_column(table, name);
    return column != nullptr && column->value_type() == sql::ValueType::kText;
}

Result<void> check_search(const ListSpec& spec) {
    constexpr std::string_view kNoText = "is no column of text to search.";
    for (const std::string_view name : spec.search)
        if (!is_open_text(*spec.table, name)) return defect(spec, name, kNoText);
    const model::ReferredTexts* const other = spec.staff_search;
    if (other == nullptr) return {};
    const model::Column* column = open_column(*spec.table, other->column);
    if (column == nullptr || column->references != other->table->name || other->texts.empty())
        return defect(spec, other->column, "does not refer to what is searched.");
    for (const std::string_view name : other->texts)
        if (!is_open_text(*other->table, name)) return defect(spec, name, kNoText);
    if (!other->phone.empty() && !is_open_text(*other->table, other->phone))
        return defect(spec, other->phone, kNoText);
    return {};
}

Result<void> check_orders(const ListSpec& spec) {
    int characters = 0;
    for (const std::string_view order : spec.orders) {
        const model::Column* column = open_column(*spec.table, without_sign(order));
        if (column == nullptr || column->type == model::Type::kJson)
            return defect(spec, order, "is no column to order by.");
        if (column->value_type() != sql::ValueType::kText) continue;
        characters += column->length > 0 ? column->length : kOrderedTextMax + 1;
        if (characters > kOrderedTextMax)
            return defect(spec, order, "is a text too long to order by.");
    }
    for (const std::string_view name : spec.ranked) {
        const model::Column* column = spec.table->find(name);
        if (column == nullptr || column->choices.empty() || column->null)
            return defect(spec, name, "has no ranks to order by.");
    }
    return {};
}

/// The address of the same list with one parameter more.
std::string address(const ListQuery& query, std::string_view name, std::string_view value) {
    std::string parameters = query.parameters;
    if (!name.empty()) append_pair(parameters, name, value);
    return parameters.empty() ? query.path : query.path + "?" + parameters;
}

}  // namespace

Result<void> check_list(const ListSpec& spec) {
    for (const std::string_view name : spec.filters)
        if (open_column(*spec.table, name) == nullptr)
            return defect(spec, name, "is no column to filter by.");
    for (const DerivedFilter& derived : spec.derived)
        if (derived.type == model::Type::kDecimal || is_one_of(spec.filters, derived.name))
            return defect(spec, derived.name, "cannot be derived.");
    SEGURIFAI_TRY(check_search(spec));
    return check_orders(spec);
}

Result<ListQuery> parse_list(const ListSpec& spec, std::string_view path, const QueryPairs& pairs,
                             const security::TextSigner& signer, const ListAsker& asker) {
    ListQuery query(*spec.table);
    query.path = path;
    query.purpose = purpose_of(path, pairs);
    ListReader reader(spec, asker, query);
    reader.read(pairs);
    reader.open_cursor(signer);
    SEGURIFAI_TRY(reader.result());
    return query;
}

PageLinks links_of(const ListQuery& query, const security::TextSigner& signer, const void* first,
                   const void* last, bool more, std::optional<std::int64_t> count) {
    PageLinks links{.count = count, .next = {}, .previous = {}};
    if (!query.keyset) {
        if (more) links.next = address(query, "page", std::to_string(query.page + 1));
        if (query.page == 2) links.previous = address(query, {}, {});
        if (query.page > 2) links.previous = address(query, "page", std::to_string(query.page - 1));
        return links;
    }
    const auto cursor = [&](bool backward, const void* row) {
        const ListPlace place{backward, query.filter.place_of_struct(row)};
        return address(query, "cursor", signer.sign(write_place(place), query.purpose));
    };
    const bool backward = query.filter.is_backward();
    if (last != nullptr && (backward || more)) links.next = cursor(false, last);
    if (first != nullptr && (backward ? more : query.begun)) links.previous = cursor(true, first);
    // Nothing is left before the place: what comes next is the list from its beginning.
    if (last == nullptr && backward) links.next = address(query, "cursor", {});
    return links;
}

}  // namespace segurifai::http
