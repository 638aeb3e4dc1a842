#include "apps/migrations.hpp"

#include "embedded/apps/migrations.hpp"

namespace segurifai::apps {

std::vector<migrate::MigrationSource> embedded_migrations() {
    std::vector<migrate::MigrationSource> sources;
    for (const EmbeddedFile& file : migrations::files()) {
        // "users/migrations/0001_initial.toml"
        const std::size_t app_end = file.name.find('/');
        const std::size_t name_begin = file.name.rfind('/') + 1;
        std::string_view name = file.name.substr(name_begin);
        name.remove_suffix(std::string_view(".toml").size());
        sources.push_back({.app = std::string(file.name.substr(0, app_end)),
                           .name = std::string(name),
                           .text = std::string(file.text)});
    }
    return sources;
}

Result<migrate::MigrationGraph> embedded_history() {
    return migrate::read_history(embedded_migrations());
}

}  // namespace segurifai::apps
