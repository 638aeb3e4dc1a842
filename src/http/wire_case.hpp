#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Requests that two servers might read differently, and what this one says to each. The names are
/// those of the seeds in corpus/.
namespace segurifai::http {

struct WireCase {
    std::string_view name;
    std::string request;
    int status;  ///< 200 = read as one request
};

/// Heads, refused by the guard or by the parser.
[[nodiscard]] inline std::vector<WireCase> head_cases() {
    using std::string_literals::operator""s;
    const std::string host = "Host: segurifai.gt\r\n";
    const std::string get = "GET / HTTP/1.1\r\n" + host;
    const std::string post = "POST / HTTP/1.1\r\n" + host;
    std::string many = get;
    for (int i = 0; i < 64; ++i) many += "a: b\r\n";
    return {
        {"plain", get + "\r\n", 200},
        {"http10", "GET / HTTP/1.0\r\n\r\n", 200},
        {"http10_host", "GET / HTTP/1.0\r\n" + host + "\r\n", 200},
        {"host_port", "GET / HTTP/1.1\r\nHost: [::1]:8000\r\n\r\n", 200},
        {"absolute", "GET http://segurifai.gt/a?b=1 HTTP/1.1\r\n" + host + "\r\n", 200},
        {"options_asterisk", "OPTIONS * HTTP/1.1\r\n" + host + "\r\n", 200},
        {"unknown_method", "BREW /pot HTTP/1.1\r\n" + host + "\r\n", 200},
        {"tab_in_value", get + "A: b\tc\r\n\r\n", 200},
        {"obs_text", get + "A: caf\xC3\xA9\r\n\r\n", 200},
        {"content_length", post + "Content-Length: 3\r\n\r\nabc", 200},
        {"chunked", post + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 200},
        // Finding 2 and its relatives.
        {"te_gzip", post + "Transfer-Encoding: gzip\r\n\r\n", 400},
        {"te_xchunked", post + "Transfer-Encoding: xchunked\r\n\r\n", 400},
        {"te_chunked_identity", post + "Transfer-Encoding: chunked, identity\r\n\r\n", 400},
        {"te_gzip_chunked", post + "Transfer-Encoding: gzip, chunked\r\n\r\n", 400},
        {"te_upper", post + "Transfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n", 400},
        {"te_quoted", post + "Transfer-Encoding: \"chunked\"\r\n\r\n", 400},
        {"te_empty", post + "Transfer-Encoding:\r\n\r\n", 400},
        {"te_vertical_tab",
         post + "Transfer-Encoding: \x0B"
                "chunked\r\n\r\n",
         400},
        {"te_twice",
         post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        {"te_http10", "POST / HTTP/1.0\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n", 400},
        {"te_then_cl", post + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", 400},
        {"cl_then_te", post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"te_space_before_colon", post + "Transfer-Encoding : chunked\r\n\r\n", 400},
        {"te_folded", post + "Transfer-Encoding:\r\n chunked\r\n\r\n", 400},
        {"cl_twice_same", post + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400},
        {"cl_twice_other", post + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400},
        {"cl_list", post + "Content-Length: 3, 3\r\n\r\nabc", 400},
        {"cl_plus", post + "Content-Length: +3\r\n\r\nabc", 400},
        {"cl_negative", post + "Content-Length: -3\r\n\r\nabc", 400},
        {"cl_hex", post + "Content-Length: 0x3\r\n\r\nabc", 400},
        {"cl_leading_zero", post + "Content-Length: 03\r\n\r\nabc", 400},
        {"cl_empty", post + "Content-Length:\r\n\r\n", 400},
        {"cl_inner_space", post + "Content-Length: 3 3\r\n\r\nabc", 400},
        {"cl_overflow", post + "Content-Length: 18446744073709551617\r\n\r\na", 400},
        {"cl_huge", post + "Content-Length: 999999999999999999\r\n\r\na", 413},
        {"host_none", "GET / HTTP/1.1\r\n\r\n", 400},
        {"host_two", get + host + "\r\n", 400},
        {"host_two_http10", "GET / HTTP/1.0\r\n" + host + host + "\r\n", 400},
        {"host_empty", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
        {"host_comma", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},
        {"host_user", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400},
        {"host_path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
        {"host_bad_port", "GET / HTTP/1.1\r\nHost: a:80x\r\n\r\n", 400},
        {"obs_fold", get + "A: b\r\n c\r\n\r\n", 400},
        {"obs_fold_tab", get + "A: b\r\n\tc\r\n\r\n", 400},
        {"fold_first", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
        {"space_before_colon", get + "A : b\r\n\r\n", 400},
        {"host_space_before_colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
        {"bare_feed_line", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400},
        {"bare_feed_field", "GET / HTTP/1.1\r\nHost: a\n\r\n", 400},
        {"bare_feed_end", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400},
        {"bare_return", get + "A: b\rc\r\n\r\n", 400},
        {"double_return", get + "A: b\r\r\n\r\n", 400},
        {"nul_in_value", get + "A: b\0c\r\n\r\n"s, 400},
        {"nul_in_name", get + "A\0: c\r\n\r\n"s, 400},
        {"nul_in_target", "GET /\0 HTTP/1.1\r\n"s + host + "\r\n", 400},
        {"control_in_value", get + "A: \x01\r\n\r\n", 400},
        {"delete_in_value", get + "A: \x7F\r\n\r\n", 400},
        {"name_no_token", get + "A(b): c\r\n\r\n", 400},
        {"name_empty", get + ": c\r\n\r\n", 400},
        {"no_colon", get + "A\r\n\r\n", 400},
        {"name_not_ascii", get + "\xC3\xA9: c\r\n\r\n", 400},
        {"method_no_token", "G(T / HTTP/1.1\r\n" + host + "\r\n", 400},
        {"method_long", std::string(33, 'A') + " / HTTP/1.1\r\n" + host + "\r\n", 400},
        {"method_none", " / HTTP/1.1\r\n" + host + "\r\n", 400},
        {"empty_line_first", "\r\n" + get + "\r\n", 400},
        {"two_spaces", "GET  / HTTP/1.1\r\n" + host + "\r\n", 400},
        {"space_in_target", "GET /a b HTTP/1.1\r\n" + host + "\r\n", 400},
        {"space_after_version", "GET / HTTP/1.1 \r\n" + host + "\r\n", 400},
        {"tab_separator", "GET\t/ HTTP/1.1\r\n" + host + "\r\n", 400},
        {"version_09", "GET /\r\n\r\n", 400},
        {"version_12", "GET / HTTP/1.2\r\n" + host + "\r\n", 400},
        {"version_20", "GET / HTTP/2.0\r\n" + host + "\r\n", 400},
        {"version_lower", "GET / http/1.1\r\n" + host + "\r\n", 400},
        {"h2_preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
        {"tls_hello", "\x16\x03\x01\x02"s, 400},
        {"target_fragment", "GET /a#b HTTP/1.1\r\n" + host + "\r\n", 400},
        {"target_backslash", "GET \\a HTTP/1.1\r\n" + host + "\r\n", 400},
        {"target_not_ascii", "GET /\xC3\xA9 HTTP/1.1\r\n" + host + "\r\n", 400},
        {"target_no_path", "GET a HTTP/1.1\r\n" + host + "\r\n", 400},
        {"get_asterisk", "GET * HTTP/1.1\r\n" + host + "\r\n", 400},
        {"connect", "CONNECT segurifai.gt:443 HTTP/1.1\r\n" + host + "\r\n", 400},
        {"absolute_other_host", "GET http://other.gt/ HTTP/1.1\r\n" + host + "\r\n", 400},
        {"absolute_no_path", "GET http://segurifai.gt HTTP/1.1\r\n" + host + "\r\n", 400},
        {"absolute_user", "GET http://a@segurifai.gt/ HTTP/1.1\r\n" + host + "\r\n", 400},
        {"absolute_scheme", "GET ftp://segurifai.gt/ HTTP/1.1\r\n" + host + "\r\n", 400},
        {"authorization_twice", get + "Authorization: a\r\nAuthorization: b\r\n\r\n", 400},
        {"connection_bad_list", get + "Connection: @\r\n\r\n", 400},
        {"fields_over", many + "\r\n", 431},
        {"head_over", get + "A: " + std::string(16 * 1024, 'a') + "\r\n\r\n", 431},
        {"head_over_no_end", get + "A: " + std::string(16 * 1024, 'a'), 431},
        {"target_over", "GET /" + std::string(8 * 1024, 'a') + " HTTP/1.1\r\n" + host + "\r\n",
         414},
        {"target_over_no_end", "GET /" + std::string(9 * 1024, 'a'), 414},
    };
}

/// Bodies in chunks, without their head. 200 = complete.
[[nodiscard]] inline std::vector<WireCase> chunk_cases() {
    using std::string_literals::operator""s;
    return {
        {"one", "3\r\nabc\r\n0\r\n\r\n", 200},
        {"several", "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n", 200},
        {"empty", "0\r\n\r\n", 200},
        {"zeros", "000\r\n\r\n", 200},
        {"extension", "3;a=b\r\nabc\r\n0;c\r\n\r\n", 200},
        {"trailer_authorization", "3\r\nabc\r\n0\r\nAuthorization: evil\r\n\r\n", 400},
        {"trailer_empty_name", "0\r\n: a\r\n\r\n", 400},
        {"bare_feed_size", "3\nabc\r\n0\r\n\r\n", 400},
        {"bare_feed_data", "3\r\nabc\n0\r\n\r\n", 400},
        {"bare_feed_end", "3\r\nabc\r\n0\r\n\n", 400},
        {"bare_feed_extension", "3;a\nabc\r\n0\r\n\r\n", 400},
        {"no_data_end", "3\r\nabcd\r\n0\r\n\r\n", 400},
        {"size_empty", "\r\nabc\r\n0\r\n\r\n", 400},
        {"size_plus", "+3\r\nabc\r\n0\r\n\r\n", 400},
        {"size_negative", "-3\r\nabc\r\n0\r\n\r\n", 400},
        {"size_0x", "0x3\r\nabc\r\n0\r\n\r\n", 400},
        {"size_space", "3 \r\nabc\r\n0\r\n\r\n", 400},
        {"size_space_first", " 3\r\nabc\r\n0\r\n\r\n", 400},
        {"size_letter", "g\r\nabc\r\n0\r\n\r\n", 400},
        {"size_overflow", "10000000000000003\r\nabc\r\n0\r\n\r\n", 400},
        {"size_nul", "3\0\r\nabc\r\n0\r\n\r\n"s, 400},
        {"size_huge", "fffffffffffffff\r\nabc", 413},
        {"size_over_limit", "401\r\n", 413},
        {"sum_over_limit", "3\r\nabc\r\n3fe\r\n", 413},
        {"extension_over", "3;" + std::string(257, 'a') + "\r\nabc\r\n0\r\n\r\n", 400},
        {"extension_control", "3;a\x01\r\nabc\r\n0\r\n\r\n", 400},
        {"extension_return", "3;a\rb\r\nabc\r\n0\r\n\r\n", 400},
    };
}

}  // namespace segurifai::http
