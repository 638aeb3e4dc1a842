#pragma once

#include <string>

namespace segurifai::cli {

/// The program's version: "0.1.0".
[[nodiscard]] std::string version_number();

}  // namespace segurifai::cli
