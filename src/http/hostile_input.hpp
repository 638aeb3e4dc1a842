#pragma once

// What the fuzzers of bodies and cursors do with their bytes, so that a test can replay their
// corpora. Nothing of the program includes this.

#include <cstdlib>
#include <string>
#include <string_view>

#include "http/list.hpp"
#include "http/list_cursor.hpp"

namespace segurifai::http::hostile {

inline void expect(bool promise) {
    if (!promise) std::abort();
}

struct Inner {
    static constexpr std::string_view kShape = "Inner";
    Coordinate latitude{};
    std::optional<Instant> at;
    static consteval auto fields() {
        return std::array{field<&Inner::latitude>("latitude", {.min = "-90", .max = "90"}),
                          field<&Inner::at>("at")};
    }
};

/// A field of every kind; all optional, so that a small input says something.
struct Outer {
    static constexpr std::string_view kShape = "Outer";
    std::optional<std::string> text;
    std::optional<std::string> verbatim;
    std::optional<bool> flag;
    std::optional<std::int32_t> whole;
    std::optional<std::int64_t> wide;
    std::optional<double> real;
    std::optional<Money> amount;
    std::optional<Phone> phone;
    std::optional<Uuid> token;
    std::optional<Date> day;
    std::optional<Json> notes;
    std::optional<std::vector<Inner>> items;
    std::optional<std::vector<std::string>> words;
    Maybe<Inner> inner;
    static consteval auto fields() {
        return std::array{field<&Outer::text>("text", {.length = 20}),
                          field<&Outer::verbatim>("verbatim", {.length = 20, .verbatim = true}),
                          field<&Outer::flag>("flag"),
                          field<&Outer::whole>("whole", {.min = "-5", .max = "500"}),
                          field<&Outer::wide>("wide"),
                          field<&Outer::real>("real"),
                          field<&Outer::amount>("amount"),
                          field<&Outer::phone>("phone"),
                          field<&Outer::token>("token"),
                          field<&Outer::day>("day"),
                          field<&Outer::notes>("notes", {.length = 200}),
                          field<&Outer::items>("items", {.items_max = 4}),
                          field<&Outer::words>("words", {.length = 5, .items_max = 4}),
                          field<&Outer::inner>("inner")};
    }
};

struct Row {
    SEGURIFAI_TABLE(Row, {.number = 905,
                          .app = "tests",
                          .name = "tests_row",
                          .retention = Retention::kOperational})
    SEGURIFAI_COLUMN(1, kNone, Id<Row>, id, .primary_key = true, .identity = true)
    SEGURIFAI_COLUMN(2, kNone, std::string, name, .length = 40)
    SEGURIFAI_COLUMN(3, kNone, std::optional<Instant>, seen_at)
    SEGURIFAI_COLUMN(4, kNone, Money, price)
};

inline constexpr std::array kOrders{std::string_view("-seen_at"), std::string_view("name"),
                                    std::string_view("price")};
inline constexpr ListSpec kRows{.table = &model::table_of<Row>(), .orders = kOrders};

/// Reads `bytes` as a body, and as the value of every parameter of a query; what is accepted is
/// written and read again. Aborts where that breaks a promise of shape.hpp.
inline void try_json_input(std::string_view bytes) {
    const auto read = read_json<Outer>(bytes);
    if (read) {
        std::string written;
        append_json(written, *read);
        // Everything that is not given is written as null, which is right for optionals.
        const auto again = read_json<Outer>(written);
        expect(again.has_value());
        std::string rewritten;
        append_json(rewritten, *again);
        expect(written == rewritten);
    } else if (!read.error().refusal) {
        const auto& faults = read.error().faults;
        expect(!faults.empty() && faults.size() <= kFaultsMax);
        for (const Fault& fault : faults) expect(is_storable_text(fault.message));
    }
    for (const Field& field : shape_of<Outer>().fields) {
        Outer object;
        const QueryPairs pairs{{std::string(field.name), std::string(bytes)}};
        // The socket floor has refused what is no UTF-8.
        if (is_storable_text(bytes)) (void)read_query(shape_of<Outer>(), pairs, &object);
    }
}

/// Opens `bytes` as a cursor, and as the place within a well-signed one. Aborts where a text that
/// was never given is taken, or one that is taken is not written again as it came.
inline void try_cursor(std::string_view bytes) {
    constexpr std::uint8_t kBytes[security::Key::kSize] = {1};
    static const security::TextSigner signer{security::Key(kBytes)};
    const QueryPairs first{{"cursor", ""}, {"ordering", "-seen_at,name,price"}};
    const auto list = parse_list(kRows, "/rows/", first, signer);
    expect(list.has_value());
    const auto taken = [&](std::string cursor) {
        QueryPairs pairs = first;
        pairs[0].second = std::move(cursor);
        return parse_list(kRows, "/rows/", pairs, signer).has_value();
    };
    if (!bytes.empty()) expect(!taken(std::string(bytes)));
    if (bytes.size() > security::kSignedPayloadSizeMax) return;
    const auto place = read_place(list->filter, bytes);
    expect(taken(signer.sign(bytes, list->purpose)) == place.has_value());
    if (!place) return;
    const auto again = read_place(list->filter, write_place(*place));
    expect(again && again->backward == place->backward && again->values == place->values);
}

}  // namespace segurifai::http::hostile
