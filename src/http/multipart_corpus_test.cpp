#define LLVMFuzzerTestOneInput multipart_one_input
#include "http/multipart_fuzz.cpp"  // NOLINT(bugprone-suspicious-include): see wire_corpus.hpp

#include "http/wire_corpus.hpp"

TEST(Corpus, Multipart) {
    segurifai::http::replay("multipart", &multipart_one_input);
}
