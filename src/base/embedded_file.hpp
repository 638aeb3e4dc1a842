#pragma once

#include <string_view>

namespace segurifai {

/// A text file that the build put into the program (see segurifai_embed() in cmake/Embed.cmake).
struct EmbeddedFile {
    std::string_view name;  ///< the path below the folder it was taken from: "users/0001_x.toml"
    std::string_view text;
};

}  // namespace segurifai
