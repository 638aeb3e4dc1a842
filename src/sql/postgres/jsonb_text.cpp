#include "sql/postgres/jsonb_text.hpp"

#include <algorithm>
#include <vector>

#include "base/json.hpp"

namespace segurifai::sql::postgres {
namespace {

constexpr std::size_t kScalarSizeMax = 300;  // Json::parse refuses a little above this

/// Walks the text once, writing as it goes.
class Walk {
public:
    Walk(std::string& out, std::string_view text) : out_(out), rest_(text) {}

    bool document() { return value(0) && rest_.empty(); }

private:
    struct Member {
        std::string_view key;
        std::size_t begin;  // in out_, of "key":value
        std::size_t end;
    };

    bool take(char wanted) {
        if (rest_.empty() || rest_.front() != wanted) return false;
        rest_.remove_prefix(1);
        return true;
    }

    /// After an item of an array or object: true when it was a comma, and its space is gone.
    bool next_item() {
        if (!take(',')) return false;
        return take(' ');
    }

    bool value(std::size_t depth) {
        if (rest_.empty() || depth > kJsonDepthMax) return false;
        switch (rest_.front()) {
            case '{': return object(depth);
            case '[': return array(depth);
            case '"': return string();
            default: return scalar();
        }
    }

    /// A number or a word.
    bool scalar() {
        const std::size_t size = std::min(rest_.find_first_of(",]}"), rest_.size());
        if (size == 0 || size > kScalarSizeMax) return false;
        out_ += rest_.substr(0, size);
        rest_.remove_prefix(size);
        return true;
    }

    /// The size of the string at the beginning, quotes included; 0 when it does not end.
    [[nodiscard]] std::size_t string_size() const {
        std::size_t at = 1;
        for (;;) {
            at = rest_.find_first_of("\"\\", at);
            if (at == std::string_view::npos) return 0;
            if (rest_[at] == '"') return at + 1;
            at += 2;
        }
    }

    bool string() {
        const std::size_t size = string_size();
        out_ += rest_.substr(0, size);
        rest_.remove_prefix(size);
        return size > 0;
    }

    bool array(std::size_t depth) {
        rest_.remove_prefix(1);
        out_ += '[';
        if (take(']')) {
            out_ += ']';
            return true;
        }
        for (bool more = true; more;) {
            if (!value(depth + 1)) return false;
            more = next_item();
            if (more) out_ += ',';
        }
        out_ += ']';
        return take(']');
    }

    bool object(std::size_t depth) {
        rest_.remove_prefix(1);
        const std::size_t begin = out_.size();
        out_ += '{';
        if (take('}')) {
            out_ += '}';
            return true;
        }
        std::vector<Member> members;
        members.reserve(16);
        for (bool more = true; more;) {
            Member member{.key = {}, .begin = out_.size(), .end = 0};
            if (!key(member.key) || !value(depth + 1)) return false;
            member.end = out_.size();
            members.push_back(member);
            more = next_item();
            if (more) out_ += ',';
        }
        out_ += '}';
        if (!std::ranges::is_sorted(members, {}, &Member::key)) put_in_order(begin, members);
        return take('}');
    }

    bool key(std::string_view& found) {
        if (rest_.empty() || rest_.front() != '"') return false;
        const std::size_t size = string_size();
        if (size == 0) return false;
        found = rest_.substr(1, size - 2);
        out_ += rest_.substr(0, size);
        out_ += ':';
        rest_.remove_prefix(size);
        return found.find('\\') == std::string_view::npos && take(':') && take(' ');
    }

    void put_in_order(std::size_t begin, std::vector<Member>& members) {
        const std::string written = out_.substr(begin);
        std::ranges::sort(members, {}, &Member::key);
        out_.resize(begin);
        char before = '{';
        for (const Member& member : members) {
            out_ += before;
            out_.append(written, member.begin - begin, member.end - member.begin);
            before = ',';
        }
        out_ += '}';
    }

    std::string& out_;
    std::string_view rest_;
};

}  // namespace

bool append_canonical(std::string& out, std::string_view jsonb) {
    return Walk(out, jsonb).document();
}

}  // namespace segurifai::sql::postgres
