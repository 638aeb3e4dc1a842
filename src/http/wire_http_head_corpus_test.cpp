#define LLVMFuzzerTestOneInput http_head_one_input
#include "http/http_head_fuzz.cpp"  // NOLINT(bugprone-suspicious-include): see wire_corpus.hpp

#include "http/wire_corpus.hpp"

TEST(Corpus, HttpHead) {
    segurifai::http::replay("http_head", &http_head_one_input);
}
