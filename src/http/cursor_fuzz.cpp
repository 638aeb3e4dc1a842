// Hostile cursors of lists, from the corpus in corpus/cursor/.
#include <cstddef>
#include <cstdint>

#include "http/hostile_input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    segurifai::http::hostile::try_cursor({reinterpret_cast<const char*>(data), size});
    return 0;
}
