#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "apps/assistance/tables.hpp"
#include "apps/users/choices.hpp"
#include "base/error.hpp"
#include "http/call.hpp"
#include "http/early_read.hpp"
#include "sql/database.hpp"

namespace segurifai::assistance {

/// The request that somebody says something about, and who says it.
struct NotePlace {
    AssistanceRequest row;
    users::Role author_role = users::Role::kUser;
    std::string author_name;
};

/// The read of both, with that of the caller. It decides a write (docs/adr/0028): a note is as if
/// it came before whatever changes the request at the same moment.
class NoteRead final : public http::EarlyRead, private sql::RowSink {
public:
    explicit NoteRead(AssistanceRequestId id) noexcept;
    /// The characters of `request_number` outlive this.
    explicit NoteRead(std::string_view request_number) noexcept;

    [[nodiscard]] sql::Asked asked(sql::Engine engine, const Uuid& account) override;
    /// After it was answered: what it found, or nothing.
    [[nodiscard]] const Result<std::optional<NotePlace>>& found() const noexcept { return found_; }

private:
    bool on_row(const sql::Row& row) override;

    const sql::Query& query_;
    std::array<sql::Value, 2> keys_;
    Result<std::optional<NotePlace>> found_;
};

/// For the route that adds a note. Null when its path is neither a key nor a request_number.
[[nodiscard]] std::unique_ptr<http::EarlyRead> early_note(const http::Call& call);

/// What early_note() made for the call found. Refuses with kNotFound when there is no such request.
[[nodiscard]] Result<NotePlace> place_of_note(const http::Call& call);

}  // namespace segurifai::assistance
