#include "ops/backup/database_file.hpp"

namespace segurifai::backup {

Result<void> remove_database(Files& files, const std::filesystem::path& path) {
    for (const std::string_view end : kBesideDatabase) {
        std::filesystem::path beside = path;
        beside += end;
        SEGURIFAI_TRY(files.remove(beside));
    }
    return files.remove(path);
}

}  // namespace segurifai::backup
