#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/task.hpp"
#include "http/shape.hpp"
#include "model/filter.hpp"
#include "model/store.hpp"
#include "security/signed_text.hpp"
#include "sql/database.hpp"

/// Lists (API §1.3): page numbers as in Django REST framework, or signed keyset cursors; filters,
/// search and ordering from the table's description.
namespace segurifai::http {

inline constexpr std::int64_t kPageSizeDefault = 20;
inline constexpr std::int64_t kPageSizeMax = 100;

inline constexpr std::size_t kListFieldsMax = 50;  ///< names in ?fields=

/// A filter that is no column, with the same operators.
using DerivedFilter = model::Expression;

/// What one list offers.
struct ListSpec {
    const model::Table* table = nullptr;
    std::span<const std::string_view> filters;  ///< columns
    std::span<const DerivedFilter> derived = {};
    std::span<const std::string_view> search = {};  ///< columns; empty = no ?search=
    /// Texts of others, searched as well when staff ask, and by nobody else.
    const model::ReferredTexts* staff_search = nullptr;
    std::span<const std::string_view> orders;  ///< "-created_at", "name"; the first is the default;
                                               ///< either direction of each may be asked for
    std::span<const std::string_view> ranked = {};  ///< of these: by the rank of their choices
};

/// Who asks for a list, and when.
struct ListAsker {
    model::Given given;
    bool is_staff = false;  ///< and sees every row
};

/// One list as it was asked for. The handler adds what the caller may see with `filter.where()`
/// before it reads the page.
struct ListQuery {
    explicit ListQuery(const model::Table& table) : filter(table) {}

    model::Filter filter;
    bool keyset = false;  ///< ?cursor= was given
    bool begun = false;   ///< and it was not empty
    std::int64_t page = 1;
    std::int64_t page_size = kPageSizeDefault;
    bool exact_count = false;         ///< keyset: ?count=exact
    std::vector<std::string> fields;  ///< ?fields=; empty = all
    std::string path;                 ///< of the request, for the links
    std::string parameters;           ///< the query without page and cursor, encoded, for the links
    std::string purpose;  ///< what a cursor is signed for: path, filters, search and order
};

/// Where the neighbours of a page are.
struct PageLinks {
    std::optional<std::int64_t> count;
    std::optional<std::string> next;
    std::optional<std::string> previous;
};

/// The answer of a list. `results` are written as {"count","next","previous","results":[…]}.
template <class T>
struct Page {
    PageLinks links;
    std::vector<T> results;
    std::vector<std::string> fields;
};

/// Rows of a page with its links.
template <model::Described T>
struct Rows {
    PageLinks links;
    std::vector<T> rows;

    /// The answer, every row made into its view by `view`.
    template <class Make>
    [[nodiscard]] auto into(const ListQuery& query, Make view) const {
        Page<decltype(view(rows.front()))> page{links, {}, query.fields};
        page.results.reserve(rows.size());
        for (const T& row : rows) page.results.push_back(view(row));
        return page;
    }
};

/// A list is told at start: kInternal names the first column that is not there, is a credential, or
/// is no text to search or no order a cursor can hold.
[[nodiscard]] Result<void> check_list(const ListSpec& spec);

/// Reads the parameters of a list strictly: kInvalid with every fault at once, each under its
/// parameter. `path` is that of the request, encoded, without the query. A cursor is only taken
/// back for the path, filters, search and order it was given for.
[[nodiscard]] Result<ListQuery> parse_list(const ListSpec& spec, std::string_view path,
                                           const QueryPairs& pairs,
                                           const security::TextSigner& signer,
                                           const ListAsker& asker = {});

/// Turns a page's first and last row (nullptr when it is empty) into links; `more` tells whether
/// there are rows past the page, in the direction it was read. Used by read_page.
[[nodiscard]] PageLinks links_of(const ListQuery& query, const security::TextSigner& signer,
                                 const void* first, const void* last, bool more,
                                 std::optional<std::int64_t> count);

/// Reads one page, in the order of the list also when it is read backwards. A page number past the
/// end is kNotFound with "Invalid page.".
template <model::Described T>
[[nodiscard]] Task<Result<Rows<T>>> read_page(sql::Executor& executor, ListQuery query,
                                              const security::TextSigner& signer) {
    std::optional<std::int64_t> count;
    if (!query.keyset || query.exact_count) {
        SEGURIFAI_CO_TRY_AS(count, co_await model::count(executor, query.filter));
        if (!query.keyset && query.page > 1 && (query.page - 1) * query.page_size >= *count)
            co_return fail(Code::kNotFound, "Invalid page.");
    }
    query.filter.limit(query.page_size + 1);  // one more tells whether there is a next page
    if (!query.keyset) query.filter.offset((query.page - 1) * query.page_size);
    SEGURIFAI_CO_TRY_AS(std::vector<T> rows, co_await model::list<T>(executor, query.filter));
    const bool more = rows.size() > static_cast<std::size_t>(query.page_size);
    if (more) rows.pop_back();
    if (query.filter.is_backward()) std::reverse(rows.begin(), rows.end());
    const void* first = rows.empty() ? nullptr : &rows.front();
    const void* last = rows.empty() ? nullptr : &rows.back();
    Rows<T> page;
    page.links = links_of(query, signer, first, last, more, count);
    page.rows = std::move(rows);
    co_return page;
}

}  // namespace segurifai::http
