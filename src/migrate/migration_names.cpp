#include "migrate/migration_names.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace segurifai::migrate {

namespace {

constexpr std::size_t kWordsMax = kMigrationNameMax - 5;  // behind "0001_"

/// A name without the app it begins with: "users_user" of users is "user".
std::string_view without_app(std::string_view name, std::string_view app) {
    if (name.starts_with(app) && name.size() > app.size() + 1 && name[app.size()] == '_')
        name.remove_prefix(app.size() + 1);
    return name;
}

/// What an operation adds to a name. Minor ones (indexes, checks) count only among themselves.
struct Words {
    std::string text;
    bool minor = false;
};

class Wording {
public:
    explicit Wording(std::string_view app) : app_(app) {}

    Words operator()(const CreateTable& o) const { return {std::string(bare(o.table.name))}; }
    Words operator()(const DropTable& o) const { return {fmt::format("drop_{}", bare(o.table))}; }
    Words operator()(const RenameTable& o) const {
        if (o.from == o.to) return {fmt::format("move_{}", o.to)};
        return {fmt::format("rename_{}_{}", bare(o.from), bare(o.to))};
    }
    Words operator()(const AddColumn& o) const {
        return {fmt::format("{}_{}", bare(o.table), o.column.name)};
    }
    Words operator()(const DropColumn& o) const {
        return {fmt::format("drop_{}_{}", bare(o.table), o.column)};
    }
    Words operator()(const RenameColumn& o) const {
        return {fmt::format("rename_{}_{}", o.from, o.to)};
    }
    Words operator()(const AlterColumn& o) const {
        return {fmt::format("alter_{}_{}", bare(o.table), o.column.name)};
    }
    Words operator()(const AddIndex& o) const { return {std::string(bare(o.index.name)), true}; }
    Words operator()(const DropIndex& o) const {
        return {fmt::format("drop_{}", bare(o.index)), true};
    }
    Words operator()(const RenameIndex& o) const {
        return {fmt::format("rename_{}", bare(o.from)), true};
    }
    Words operator()(const AddCheck& o) const { return {std::string(bare(o.check.name)), true}; }
    Words operator()(const DropCheck& o) const {
        return {fmt::format("drop_{}", bare(o.check)), true};
    }
    Words operator()(const RunSql&) const { return {"data"}; }

private:
    [[nodiscard]] std::string_view bare(std::string_view name) const {
        return without_app(name, app_);
    }
    std::string_view app_;
};

}  // namespace

int next_number(const MigrationGraph& history, std::span<const Migration> made,
                std::string_view app) {
    int largest = 0;
    const auto look_at = [&](const Migration& migration) {
        if (migration.id.app != app) return;
        int number = 0;
        const std::string& name = migration.id.name;
        std::from_chars(name.data(), name.data() + name.size(), number);
        largest = std::max(largest, number);
    };
    std::ranges::for_each(history.in_order(), look_at);
    std::ranges::for_each(made, look_at);
    return largest + 1;
}

std::string numbered_name(int number, std::string_view words) {
    std::string name = fmt::format("{:04}_{}", number, words);
    if (name.size() > kMigrationNameMax) name.resize(kMigrationNameMax);
    return name;
}

std::string generated_name(int number, std::string_view app,
                           std::span<const Operation> operations) {
    if (number == 1) return numbered_name(number, "initial");
    std::vector<Words> all;
    for (const Operation& operation : operations) {
        Words words = std::visit(Wording(app), operation);
        // Names set aside on the way say nothing to a reader.
        if (words.text.find("aside_") != std::string::npos) continue;
        if (std::ranges::find(all, words.text, &Words::text) == all.end())
            all.push_back(std::move(words));
    }
    if (std::ranges::any_of(all, [](const Words& words) { return !words.minor; }))
        std::erase_if(all, &Words::minor);
    if (all.empty()) return numbered_name(number, "change");

    std::string text = all.front().text;
    std::size_t named = 1;
    constexpr std::size_t kRoomForMore = 14;  // "_and_1234_more"
    while (named < all.size() &&
           text.size() + 1 + all[named].text.size() + kRoomForMore <= kWordsMax)
        text += "_" + all[named++].text;
    if (named == all.size()) return numbered_name(number, text);
    text.resize(std::min(text.size(), kWordsMax - kRoomForMore));
    return numbered_name(number, fmt::format("{}_and_{}_more", text, all.size() - named));
}

Result<void> check_migration_words(std::string_view words) {
    const bool fits =
        !words.empty() && words.size() <= kWordsMax && std::ranges::all_of(words, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
        });
    if (fits) return {};
    return fail(Code::kInvalid,
                fmt::format("\"{}\" is no name for a migration; use up to {} lower-case letters, "
                            "digits and \"_\".",
                            words, kWordsMax));
}

}  // namespace segurifai::migrate
