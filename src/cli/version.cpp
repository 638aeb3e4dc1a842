#include "cli/version.hpp"

namespace segurifai::cli {

std::string version_number() {
    return SEGURIFAI_VERSION;
}

}  // namespace segurifai::cli
