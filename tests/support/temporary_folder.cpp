#include "support/temporary_folder.hpp"

#include <cstdlib>
#include <string>
#include <system_error>

namespace segurifai::testing {

TemporaryFolder::TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "segurifai-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr)
        throw std::system_error(errno, std::generic_category(), "mkdtemp");
    path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;  // a test that failed may have left a folder it may not enter
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace segurifai::testing
