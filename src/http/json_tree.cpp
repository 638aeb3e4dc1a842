#include "http/json_tree.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <functional>

#include "base/json.hpp"

namespace segurifai::http {

/// Notes the values while Boost.JSON's parser walks the document.
class JsonTree::Builder {
public:
    // The names and limits below are what basic_parser asks of its handler.
    static constexpr std::size_t max_object_size = 10'000;
    static constexpr std::size_t max_array_size = 100'000;
    static constexpr std::size_t max_key_size = 1'000;
    static constexpr std::size_t max_string_size = kJsonBytesMax;

    using error_code = boost::json::error_code;
    using view = boost::json::string_view;

    explicit Builder(std::string_view source) : source_(source) {
        tree_.nodes_.reserve(16);
        open_.reserve(8);
    }

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code& error) { return open(JsonNode::Kind::kObject, error); }
    bool on_object_end(std::size_t count, error_code&) { return close(count); }
    bool on_array_begin(error_code& error) { return open(JsonNode::Kind::kArray, error); }
    bool on_array_end(std::size_t count, error_code&) { return close(count); }
    bool on_key_part(view part, std::size_t, error_code&) { return keep(part); }
    bool on_key(view part, std::size_t, error_code&) {
        key_ = whole(part);
        return true;
    }
    bool on_string_part(view part, std::size_t, error_code&) { return keep(part); }
    bool on_string(view part, std::size_t, error_code& error) {
        return add({.kind = JsonNode::Kind::kString, .text = whole(part)}, error);
    }
    bool on_number_part(view part, error_code&) { return keep(part); }
    bool on_int64(std::int64_t, view part, error_code& error) { return number(part, error); }
    bool on_uint64(std::uint64_t, view part, error_code& error) { return number(part, error); }
    bool on_double(double, view part, error_code& error) { return number(part, error); }
    bool on_bool(bool truth, error_code& error) {
        return add({.kind = JsonNode::Kind::kBoolean, .truth = truth}, error);
    }
    bool on_null(error_code& error) { return add({.kind = JsonNode::Kind::kNull}, error); }
    bool on_comment_part(view, error_code&) { return false; }
    bool on_comment(view, error_code&) { return false; }

    [[nodiscard]] JsonTree take() { return std::move(tree_); }

private:
    bool add(JsonNode node, error_code& error) {
        if (tree_.nodes_.size() == kJsonNodesMax) {
            error = boost::json::error::array_too_large;
            return false;
        }
        node.key = std::exchange(key_, {});
        node.end = static_cast<std::uint32_t>(tree_.nodes_.size()) + 1;
        tree_.nodes_.push_back(node);
        return true;
    }
    bool open(JsonNode::Kind kind, error_code& error) {
        open_.push_back(static_cast<std::uint32_t>(tree_.nodes_.size()));
        return add({.kind = kind}, error);
    }
    bool close(std::size_t count) {
        JsonNode& node = tree_.nodes_[open_.back()];
        open_.pop_back();
        node.count = static_cast<std::uint32_t>(count);
        node.end = static_cast<std::uint32_t>(tree_.nodes_.size());
        return true;
    }
    bool number(view part, error_code& error) {
        return add({.kind = JsonNode::Kind::kNumber, .text = whole(part)}, error);
    }
    bool keep(view part) {
        part_.append(part.data(), part.size());
        return true;
    }
    /// A text that lies in the document as it is stays there; one with escapes is kept apart.
    [[nodiscard]] std::string_view whole(view part) {
        constexpr std::less_equal<> kNotAfter;
        if (part_.empty() && kNotAfter(source_.data(), part.data()) &&
            kNotAfter(part.data() + part.size(), source_.data() + source_.size()))
            return {part.data(), part.size()};
        part_.append(part.data(), part.size());
        return tree_.texts_.emplace_front(std::exchange(part_, {}));
    }

    std::string_view source_;
    JsonTree tree_;
    std::vector<std::uint32_t> open_;  ///< the arrays and objects around the present value
    std::string part_;
    std::string_view key_;
};

Result<JsonTree> JsonTree::parse(std::string_view json) {
    if (json.size() > kJsonBytesMax) return refuse(Refusal::kPayloadTooLarge);
    boost::json::parse_options options;
    options.max_depth = kJsonDepthMax;
    boost::json::basic_parser<Builder> parser(options, json);
    boost::json::error_code error;
    const std::size_t used = parser.write_some(false, json.data(), json.size(), error);
    if (error || !parser.done()) return refuse(Refusal::kParseError);
    if (json.substr(used).find_first_not_of(" \t\r\n") != std::string_view::npos)
        return refuse(Refusal::kParseError);
    return parser.handler().take();
}

void JsonTree::append_json(std::string& out, std::size_t index) const {
    const JsonNode& node = nodes_[index];
    switch (node.kind) {
        case JsonNode::Kind::kNull: out += "null"; return;
        case JsonNode::Kind::kBoolean: out += node.truth ? "true" : "false"; return;
        case JsonNode::Kind::kNumber: out += node.text; return;
        case JsonNode::Kind::kString: append_json_string(out, node.text); return;
        case JsonNode::Kind::kArray:
        case JsonNode::Kind::kObject: break;
    }
    const bool is_object = node.kind == JsonNode::Kind::kObject;
    out += is_object ? '{' : '[';
    for (std::size_t at = index + 1; at < node.end; at = nodes_[at].end) {
        if (at > index + 1) out += ',';
        if (is_object) {
            append_json_string(out, nodes_[at].key);
            out += ':';
        }
        append_json(out, at);
    }
    out += is_object ? '}' : ']';
}

}  // namespace segurifai::http
