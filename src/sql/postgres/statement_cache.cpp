#include "sql/postgres/statement_cache.hpp"

#include <algorithm>

#include "sql/postgres/gathering.hpp"
#include "sql/postgres/parameters.hpp"

namespace segurifai::sql::postgres {

StatementCache::Variants* StatementCache::variants(const Statement& statement) {
    if (statement.id != 0) return statement.id < by_id_.size() ? &by_id_[statement.id] : nullptr;
    const auto found = by_text_.find(statement.text);
    return found == by_text_.end() ? nullptr : &found->second;
}

const StatementCache::Prepared* StatementCache::find(const Statement& statement, Params params,
                                                     bool gathered) {
    Variants* known = variants(statement);
    if (known == nullptr) return nullptr;
    for (Prepared* prepared : *known) {
        if (prepared->gathered != gathered || !has_signature(params, prepared->signature)) continue;
        prepared->last_used = ++clock_;
        return prepared;
    }
    return nullptr;
}

const StatementCache::Prepared& StatementCache::add(const Statement& statement, Params params,
                                                    bool gathered) {
    auto owned = std::make_unique<Prepared>();
    Prepared* prepared = owned.get();
    prepared->serial = ++last_serial_;
    prepared->name = "s" + std::to_string(prepared->serial);
    prepared->text =
        gathered ? gathered_text(statement.text, params.size()) : std::string(statement.text);
    prepared->gathered = gathered;
    prepared->signature = signature_of(params);
    prepared->id = statement.id;
    prepared->last_used = ++clock_;
    all_.emplace(prepared->serial, std::move(owned));
    if (statement.id != 0) {
        if (by_id_.size() <= statement.id) by_id_.resize(statement.id + 1);
        by_id_[statement.id].push_back(prepared);
    } else {
        by_text_[prepared->text].push_back(prepared);
        ++made_at_run_time_;
    }
    return *prepared;
}

std::optional<std::string> StatementCache::evict() {
    if (made_at_run_time_ <= limit_) return std::nullopt;
    const Prepared* oldest = nullptr;
    for (const auto& [serial, prepared] : all_)
        if (prepared->id == 0 && (oldest == nullptr || prepared->last_used < oldest->last_used))
            oldest = prepared.get();
    std::string name = oldest->name;
    forget(oldest->serial);
    return name;
}

void StatementCache::forget(std::uint64_t serial) {
    const auto found = all_.find(serial);
    if (found == all_.end()) return;
    Prepared* prepared = found->second.get();
    if (prepared->id != 0) {
        std::erase(by_id_[prepared->id], prepared);
    } else {
        --made_at_run_time_;
        // The map's key may lie in this statement's text: its entry goes, and comes back with
        // the text of another one.
        Variants rest = std::move(by_text_.find(prepared->text)->second);
        by_text_.erase(prepared->text);
        std::erase(rest, prepared);
        if (!rest.empty()) by_text_.emplace(rest.front()->text, std::move(rest));
    }
    all_.erase(found);
}

void StatementCache::clear() {
    by_id_.clear();
    by_text_.clear();
    all_.clear();
    made_at_run_time_ = 0;
}

}  // namespace segurifai::sql::postgres
