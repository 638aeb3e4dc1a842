#pragma once

#include <string_view>

namespace segurifai::testing {

/// Whether this is a run of tools/prove: then a proof is as long as docs/proofs.md says.
[[nodiscard]] bool is_proving();

/// Tells tools/prove how much was proven ("5,000 transactions, restored at …"); otherwise nothing.
/// Throws std::runtime_error when that cannot be written.
void tell_proof(std::string_view how_much);

}  // namespace segurifai::testing
