#include "http/multipart.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <string>
#include <utility>

namespace segurifai::http {
namespace {

using namespace std::string_literals;

const std::string kType = "multipart/form-data; boundary=lim";
const std::string kField = "--lim\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n";
const std::string kFile =
    "--lim\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x.png\"\r\n"
    "Content-Type: image/png\r\n\r\nbytes\r\n";
const std::string kEnd = "--lim--\r\n";

/// A form points into its body, which therefore stays until the end.
Result<Form> read_kept(std::string body) {
    static std::deque<std::string> bodies;
    return read_form(kType, bodies.emplace_back(std::move(body)));
}

/// A form of one part with that header after `Content-Disposition: `.
std::string form_with(const std::string& disposition, const std::string& more = "") {
    return "--lim\r\nContent-Disposition: " + disposition + "\r\n" + more + "\r\nv\r\n" + kEnd;
}

TEST(Form, OfFieldsAndAFileIsReadInOrder) {
    const auto form = read_kept(kField + kFile + kEnd);
    ASSERT_TRUE(form);
    ASSERT_EQ(form->fields.size(), 1U);
    EXPECT_EQ(form->text("a"), "1");
    EXPECT_EQ(form->text("b"), std::nullopt);
    ASSERT_TRUE(form->file);
    EXPECT_EQ(form->file->name, "f");
    EXPECT_EQ(form->file->filename, "x.png");
    EXPECT_EQ(form->file->content_type, "image/png");
    EXPECT_EQ(form->file->bytes, "bytes");
}

TEST(Form, MayHoldNothingAndBytesThatLookLikeItsOwn) {
    EXPECT_TRUE(read_kept(kEnd)->fields.empty());
    EXPECT_TRUE(read_kept("--lim--"));
    const std::string bytes = "\r\n--li\r\n\r\n--\r--lim\n--lim\r\r\n\0"s;
    const auto form = read_kept(
        "--lim\r\nContent-Disposition: form-data; name=f; filename=x\r\n"
        "\r\n" +
        bytes + "\r\n" + kEnd);
    ASSERT_TRUE(form);
    EXPECT_EQ(form->file->bytes, bytes);
}

TEST(Form, IsNamedByOneBoundaryOfTheStandard) {
    const std::string longest(70, 'x');
    EXPECT_EQ(boundary_of("Multipart/Form-Data;BOUNDARY=" + longest), longest);
    EXPECT_EQ(boundary_of("multipart/form-data; charset=utf-8; boundary=\"a b:c\""), "a b:c");
    for (const std::string& type : std::initializer_list<std::string>{
             "", "multipart/form-data", "multipart/form-data; boundary=",
             "multipart/form-data; boundary=\"\"", "multipart/form-data; boundary=" + longest + "x",
             "multipart/form-data; boundary=\"a", "multipart/form-data; boundary=\"a \"",
             "multipart/form-data; boundary=\"a\r\nb\"", "multipart/form-data; boundary=\"a*b\"",
             "multipart/form-data; boundary=a; boundary=a", "multipart/form-data boundary=a",
             "multipart/mixed; boundary=a", "multipart/form-datax; boundary=a",
             "multipart/form-data; x=\"; boundary=a\"", "multipart/form-data; boundary=a b"})
        EXPECT_EQ(boundary_of(type), std::nullopt) << type;
}

TEST(Form, KeepsNoPartOfAPath) {
    const auto filename = [](const std::string& sent) {
        const auto form = read_kept(form_with("form-data; name=f; filename=" + sent));
        return form && form->file ? form->file->filename : "<refused>";
    };
    EXPECT_EQ(filename("\"año.png\""), "año.png");
    EXPECT_EQ(filename(R"("C:\fotos\mi carro.jpg")"), "mi carro.jpg");
    EXPECT_EQ(filename(R"("a\"b.png")"), "a\"b.png");
    EXPECT_EQ(filename("\"../../etc/passwd\""), "passwd");
    for (const char* empty : {"\"\"", "\"..\"", "\".\"", "\"a/\"", "\"a/..\"", R"("a\\..")"})
        EXPECT_EQ(filename(empty), "") << empty;
    EXPECT_EQ(filename("\"a\tb\""), "ab");
    EXPECT_EQ(filename("\"\xff\""), "<refused>");
}

TEST(Form, ThatCouldBeReadInTwoWaysIsRefused) {
    const std::string name = "form-data; name=a";
    const std::string head = "--lim\r\nContent-Disposition: form-data; name=a\r\n";
    const std::string parts_21 = [] {
        std::string all;
        for (int i = 0; i < 21; ++i)
            all += "--lim\r\nContent-Disposition: form-data; name=n" + std::to_string(i) +
                   "\r\n\r\n\r\n";
        return all;
    }();
    for (const std::string& body : std::initializer_list<std::string>{
             "", "--", "--lim", "--lim\r\n", kField, kField + "--lim", kField + "--lim-",
             kField + "--limb--\r\n", kField + "--lim \r\n", kField + "--lim\n", "x\r\n" + kEnd,
             "\r\n" + kEnd, kEnd + "x", kEnd + "\r\n", "--LIM--\r\n",
             // Heads.
             "--lim\r\n\r\nv\r\n" + kEnd, head + "\r\n--lim--\r\n", head + "v\r\n" + kEnd,
             head + "\n\nv\r\n" + kEnd, form_with("form-data"), form_with("form-data; name=\"\""),
             form_with("form-data; name="), form_with("form-data; name=\"a"),
             form_with("attachment; name=a"), form_with("xform-data; name=a"),
             form_with("form-data, name=a"), form_with("form-data; filename=x"),
             form_with("form-data; name=a; name=b"), form_with("form-data; name=a; NAME=a"),
             form_with("form-data; name=a; filename=x; filename=y"),
             form_with("form-data; name=\"a\"b"), form_with("form-data; name=\"a\nb\""),
             form_with("form-data; name=\"a\tb\""), form_with("form-data; name=\"a\0b\""s),
             form_with("form-data; name=\"\xc3\x28\""),
             form_with("form-data; name=" + std::string(101, 'n')),
             form_with("form-data;\r\n name=a"), form_with(name, "x\r\n"),
             form_with(name, ": x\r\n"), form_with(name, "X : y\r\n"),
             form_with(name, "X: a\rb\r\n"),
             form_with(name, "Content-Disposition: form-data; name=b\r\n"),
             form_with(name, "Content-Type: a/b\r\nContent-Type: a/b\r\n"),
             form_with(name, "Content-Transfer-Encoding: base64\r\n"),
             form_with(name, "X: " + std::string(4'096, 'x') + "\r\n"), parts_21 + kEnd}) {
        const auto form = read_kept(body);
        ASSERT_FALSE(form) << body;
        EXPECT_EQ(form.error().refusal, Refusal::kParseError) << body;
    }
    EXPECT_TRUE(read_kept(form_with(name, "Content-Transfer-Encoding: 8BIT\r\nX: y\r\n")));
    EXPECT_TRUE(read_kept(parts_21.substr(0, parts_21.rfind("--lim")) + kEnd));
}

TEST(Form, NamesTheFieldsThatAreWrong) {
    const auto fault_of = [](const std::string& parts) {
        const auto form = read_kept(parts + kEnd);
        if (form || form.error().faults.size() != 1) return "none"s;
        return form.error().faults[0].path + ": " + form.error().faults[0].message;
    };
    const std::string head = "--lim\r\nContent-Disposition: form-data; name=b\r\n\r\n";
    EXPECT_EQ(fault_of(kField + kField), "a: This field is given twice.");
    EXPECT_EQ(fault_of(kFile + kFile), "f: This field is given twice.");
    EXPECT_EQ(
        fault_of(kFile + "--lim\r\nContent-Disposition: form-data; name=g; filename=x\r\n\r\n\r\n"),
        "g: A form holds one file at most.");
    EXPECT_EQ(fault_of(head + "\xff\r\n"),
              "b: Must be well-formed text without the character U+0000.");
    EXPECT_EQ(fault_of(head + std::string(65'537, 'x') + "\r\n"),
              "b: Must have at most 65536 bytes.");
}

TEST(Form, TakesTimeByItsSizeWhateverItHolds) {
    constexpr std::size_t kSize = 11'000'000;
    const std::string boundary(70, '-');
    const std::string opening = "--" + boundary;
    for (const std::string& piece :
         {"\r"s, "\r\n"s, "\r\n--" + boundary.substr(1), "\r\n\r\n"s, "-"s, "\r\n" + opening}) {
        std::string body =
            opening + "\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n";
        while (body.size() < kSize) body += piece;
        const auto start = std::chrono::steady_clock::now();
        (void)read_form("multipart/form-data; boundary=" + boundary, body);
        EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2)) << piece;
    }
}

}  // namespace
}  // namespace segurifai::http
