#include "apps/assistance/upload.hpp"

#include <utility>

#include "apps/assistance/document_kinds.hpp"
#include "apps/assistance/document_store.hpp"
#include "apps/assistance/file_kind.hpp"
#include "apps/assistance/timeline.hpp"
#include "apps/assistance/visible_request.hpp"
#include "apps/audit/service.hpp"
#include "apps/platform.hpp"
#include "apps/unit_of_work.hpp"
#include "base/guatemala.hpp"
#include "base/json_object.hpp"
#include "model/store.hpp"
#include "sql/statement.hpp"

namespace segurifai::assistance {
namespace {

constexpr std::size_t kFilenameMax = 255;

// A request's documents are found through its timeline, which is indexed by request.
const sql::Query kCountDocuments{
    "assistance.document.count",
    "SELECT COUNT(*) FROM assistance_requestupdate WHERE request_id = $1 "
    "AND update_type = 'DOCUMENT' AND metadata ->> 'document_id' IS NOT NULL",
    sql::Query::Kind::kPoint};

std::size_t bytes_max_of(DocumentType type) noexcept {
    const bool identity = type == DocumentType::kIdFront || type == DocumentType::kIdBack;
    return identity ? kIdentityBytesMax : kDocumentBytesMax;
}

/// Whether the request still takes a document.
Task<Result<void>> admit_document(sql::Executor& executor, const AssistanceRequest& request,
                                  Instant now) {
    SEGURIFAI_CO_TRY_AS(const auto ended, co_await ended_at(executor, request));
    if (ended && now > add_seconds(*ended, kUploadDays * kMinutesPerDay * 60))
        co_return refuse(Refusal::kInvalidTransition);
    const std::array params{sql::Value::integer(request.id.value)};
    std::int64_t count = 0;
    auto sink = sql::each_row([&](const sql::Row& row) { count = row.integer(0); });
    const auto ran = co_await executor.run(kCountDocuments, params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    if (count >= kDocumentsMax) co_return fault("file", "A request takes 20 files at most.");
    co_return Result<void>();
}

DocumentView view_of(const RequestDocument& row, const std::string& sha256, Audience audience) {
    DocumentView view;
    view.id = row.id;
    view.request_id = row.request_id;
    view.document_type = row.document_type;
    view.filename = row.filename;
    view.file_size = row.file_size;
    view.mime_type = row.mime_type;
    view.review_status = row.review_status;
    view.uploaded_by_me = true;
    view.created_at = row.created_at;
    if (audience != Audience::kStaff) return view;
    view.ai_analysis.emplace() = row.ai_analysis;
    view.reviewer_notes.emplace() = row.reviewer_notes;
    view.sha256.emplace() = sha256;
    return view;
}

/// The row, the DOCUMENT update and the audit event.
Task<Result<DocumentView>> record_document(sql::Transaction& transaction, http::Call& call,
                                           RequestDocument row, std::string sha256) {
    SEGURIFAI_CO_TRY_AS(VisibleRow held, co_await hold_visible(transaction, call, row.request_id));
    SEGURIFAI_CO_TRY(co_await admit_document(transaction, held.row, call.at));
    SEGURIFAI_CO_TRY(co_await model::insert(transaction, call.platform.clock, row));
    JsonObject metadata;
    metadata.integer("document_id", row.id.value)
        .text("document_type", model::word(row.document_type))
        .text("sha256", sha256);
    UpdateEntry entry{.request_id = row.request_id,
                      .author = row.uploaded_by_id,
                      .type = UpdateType::kDocument,
                      .message = "Se recibió un documento.",
                      .metadata = metadata.to_string()};
    const auto added = co_await add_update(transaction, call.at, std::move(entry));
    if (!added) co_return std::unexpected(added.error());
    SEGURIFAI_CO_TRY(co_await note_document_kinds(transaction, call.platform.clock, held.row));
    audit::Change change{.action = {},
                         .object_table = "assistance_requestdocument",
                         .object_id = std::to_string(row.id.value),
                         .after = metadata.to_string()};
    SEGURIFAI_CO_TRY(co_await audit::record(transaction, call, std::move(change)));
    co_return view_of(row, sha256, held.audience);
}

RequestDocument row_of(const http::Call& call, const Upload& upload, FileKind kind) {
    RequestDocument row;
    row.request_id = upload.request_id;
    row.uploaded_by_id = users::UserId{call.caller.user_id};
    row.document_type = upload.document_type;
    row.filename = shown_filename(upload.filename, extension_of(kind));
    row.file_size = static_cast<std::int32_t>(upload.bytes.size());
    row.mime_type = mime_type_of(kind);
    return row;
}

}  // namespace

std::string shown_filename(std::string_view sent, std::string_view extension) {
    const std::size_t slash = sent.find_last_of("/\\");
    if (slash != std::string_view::npos) sent.remove_prefix(slash + 1);
    std::string shown;
    if (is_storable_text(sent))
        for (const char c : sent)
            if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) shown += c;
    while (character_count(shown) > kFilenameMax) {
        // From the end, whole characters.
        while ((static_cast<unsigned char>(shown.back()) & 0xC0U) == 0x80U) shown.pop_back();
        shown.pop_back();
    }
    const bool blank = shown.find_first_not_of(" .") == std::string::npos;
    return blank ? "documento" + std::string(extension) : shown;
}

Task<Result<DocumentView>> take_upload(http::Call& call, Upload upload) {
    if (upload.bytes.empty()) co_return fault("file", "This field is required.");
    if (upload.bytes.size() > bytes_max_of(upload.document_type))
        co_return refuse(Refusal::kPayloadTooLarge);
    SEGURIFAI_CO_TRY_AS(const FileKind kind, identify(upload.bytes));
    {
        // Nobody fills the disk with files for requests that are not theirs.
        sql::Database& database = call.platform.database;
        SEGURIFAI_CO_TRY_AS(const VisibleRow seen,
                            co_await find_visible_row(database, call, upload.request_id));
        SEGURIFAI_CO_TRY(co_await admit_document(database, seen.row, call.at));
    }
    RequestDocument row = row_of(call, upload, kind);
    row.file = new_document_path(call.platform.random, kind);
    const std::string folder = call.platform.documents_dir;
    // The pool may still be at it when nobody waits any more, so it owns what it uses.
    auto store = [folder, path = row.file,
                  bytes = std::string(upload.bytes)]() -> Result<std::string> {
        SEGURIFAI_TRY(write_document_blocking(folder, path, bytes));
        return sha256_of(bytes);
    };
    const auto ran = co_await call.platform.workers.run(std::move(store));
    if (!ran) co_return std::unexpected(ran.error());
    if (!*ran) co_return std::unexpected(ran->error());
    const std::string sha256 = **ran;
    auto body = [&](sql::Transaction& transaction) -> Task<Result<DocumentView>> {
        co_return co_await record_document(transaction, call, row, sha256);
    };
    const apps::Work<DocumentView> work = body;
    auto done = co_await apps::perform<DocumentView>(call, work);
    // Refused, or answered before under this key: nothing names the file. After any other failure
    // the transaction may have been committed, so the file stays.
    if (!done && (call.answered || done.error().refusal || done.error().code == Code::kInvalid)) {
        auto forget = [folder, path = row.file] { forget_document_blocking(folder, path); };
        const auto forgotten = co_await call.platform.workers.run(std::move(forget));
        static_cast<void>(forgotten);  // a file that stays is harmless
    }
    co_return done;
}

}  // namespace segurifai::assistance
