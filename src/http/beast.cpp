// Beast's own implementation, compiled once for the whole program
// (BOOST_BEAST_SEPARATE_COMPILATION). Asio's is in base/asio.cpp.
#include <boost/asio/error.hpp>
#include <boost/beast/src.hpp>
