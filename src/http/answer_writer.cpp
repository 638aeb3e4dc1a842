#include "http/answer_writer.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <iterator>

namespace segurifai::http {
namespace {

void append_number(std::string& out, std::size_t number) {
    char digits[20];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), number);
    out.append(digits, end.ptr);
}

/// Values hold no line ends by contract. Should one, it must not begin a header or an answer of
/// its own, so control characters are written as spaces.
void append_value(std::string& out, std::string_view value) {
    const std::size_t from = out.size();
    out.append(value);
    for (std::size_t i = from; i < out.size(); ++i)
        if (static_cast<unsigned char>(out[i]) < 0x20) out[i] = ' ';
}

}  // namespace

std::size_t append_answer(std::string& out, const Answer& answer, const Framing& framing) {
    const bool bodiless = answer.status == 204 || answer.status == 304;
    if (answer.status == 200) {
        out.append("HTTP/1.1 200 OK\r\n");
    } else {
        out.append("HTTP/1.1 ");
        append_number(out, static_cast<std::size_t>(answer.status));
        out.append(" ").append(reason_of(answer.status)).append("\r\n");
    }
    const std::size_t insertion = out.size();
    if (framing.close)
        out.append(kCloseLine);
    else if (framing.say_keep_alive)
        out.append("Connection: keep-alive\r\n");
    out.append("Date: ").append(framing.date);
    out.append("\r\nX-Content-Type-Options: nosniff\r\n");
    if (!bodiless) {
        if (!answer.content_type.empty())
            out.append("Content-Type: ").append(answer.content_type).append("\r\n");
        out.append("Content-Length: ");
        const std::size_t size = answer.source ? answer.source->size() : answer.body.size();
        append_number(out, answer.content_type.empty() ? 0 : size);
        out.append("\r\n");
    }
    for (const auto& [name, value] : answer.headers) {
        out.append(name).append(": ");
        append_value(out, value);
        out.append("\r\n");
    }
    out.append("\r\n");
    if (!bodiless && !framing.without_body && !answer.content_type.empty()) out.append(answer.body);
    return insertion;
}

void append_date(std::string& out, std::int64_t seconds_since_1970) {
    constexpr std::string_view days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::string_view months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    using namespace std::chrono;  // NOLINT: its literals and operators are meant for this
    const sys_seconds moment{seconds{seconds_since_1970}};
    const sys_days day = floor<std::chrono::days>(moment);
    const year_month_day date{day};
    const hh_mm_ss time{moment - day};
    fmt::format_to(std::back_inserter(out), "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                   days[weekday{day}.c_encoding()], static_cast<unsigned>(date.day()),
                   months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                   time.hours().count(), time.minutes().count(), time.seconds().count());
}

}  // namespace segurifai::http
