#define LLVMFuzzerTestOneInput query_one_input
#include "http/query_fuzz.cpp"  // NOLINT(bugprone-suspicious-include): see wire_corpus.hpp

#include "http/wire_corpus.hpp"

TEST(Corpus, Query) {
    segurifai::http::replay("query", &query_one_input);
}
