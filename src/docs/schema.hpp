#pragma once

#include <span>
#include <string>

#include "model/table.hpp"

namespace segurifai::docs {

/// The tables as a Markdown document: per app, per table its columns, rules and indexes, and what
/// is personal in it. The same tables give the same text.
[[nodiscard]] std::string schema_markdown(std::span<const model::Table* const> tables);

/// The tables as an entity-relationship diagram, one SVG document. The same tables give the same
/// text, byte by byte.
[[nodiscard]] std::string schema_svg(std::span<const model::Table* const> tables);

}  // namespace segurifai::docs
