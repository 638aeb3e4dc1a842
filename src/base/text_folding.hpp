#pragma once

#include <string>
#include <string_view>

namespace segurifai {

/// `text` as a search compares it: the letters A to Z and those of Latin-1 with an accent, tilde,
/// cedilla, ring or stroke (ÁÀÂÄÃÅ ÉÈÊË ÍÌÎÏ ÓÒÔÖÕØ ÚÙÛÜ Ñ Ç Ý and their small forms, ÿ) become the
/// bare small letter; everything else stays. Both engines do the same: SQLite by a function of
/// ours, `folded(text)`, PostgreSQL by translate() with the two texts below.
[[nodiscard]] std::string folded(std::string_view text);

/// Every letter that changes, and at the same place the letter it becomes.
[[nodiscard]] const std::string& letters_folded_from();
[[nodiscard]] const std::string& letters_folded_to();

}  // namespace segurifai
