// Hostile bodies and query parameters, from the corpus in corpus/json_input/.
#include <cstddef>
#include <cstdint>

#include "http/hostile_input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    segurifai::http::hostile::try_json_input({reinterpret_cast<const char*>(data), size});
    return 0;
}
