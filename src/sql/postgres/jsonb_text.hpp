#pragma once

#include <string>
#include <string_view>

namespace segurifai::sql::postgres {

/// Appends a document as the server writes a jsonb, in the canonical form of Json: without its
/// spaces, and with the members of objects by key (jsonb puts short keys first). It trusts the
/// server's spelling of strings and numbers, which is ours, and so costs a tenth of Json::parse.
///
/// False where it would have to know more than that (an escape in a key, 33 levels, a number of
/// hundreds of digits, anything that is no JSON): `out` then holds rubbish after what it held.
[[nodiscard]] bool append_canonical(std::string& out, std::string_view jsonb);

}  // namespace segurifai::sql::postgres
