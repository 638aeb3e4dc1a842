#define LLVMFuzzerTestOneInput chunked_one_input
#include "http/chunked_fuzz.cpp"  // NOLINT(bugprone-suspicious-include): see wire_corpus.hpp

#include "http/wire_corpus.hpp"

TEST(Corpus, Chunked) {
    segurifai::http::replay("chunked", &chunked_one_input);
}
