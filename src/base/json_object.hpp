#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/json.hpp"

namespace segurifai {

/// Builds a JSON object in canonical form: members sorted, no spaces.
class JsonObject {
public:
    JsonObject& text(std::string name, std::string_view value) {
        std::string json;
        append_json_string(json, value);
        return raw(std::move(name), std::move(json));
    }
    JsonObject& integer(std::string name, std::int64_t value) {
        return raw(std::move(name), std::to_string(value));
    }
    JsonObject& boolean(std::string name, bool value) {
        return raw(std::move(name), value ? "true" : "false");
    }
    JsonObject& null(std::string name) { return raw(std::move(name), "null"); }
    /// `json` is canonical itself.
    JsonObject& raw(std::string name, std::string json) {
        members_.insert_or_assign(std::move(name), std::move(json));
        return *this;
    }
    [[nodiscard]] bool empty() const noexcept { return members_.empty(); }

    [[nodiscard]] std::string to_string() const {
        std::string out = "{";
        for (const auto& [name, json] : members_) {
            if (out.size() > 1) out += ',';
            append_json_string(out, name);
            out += ':';
            out += json;
        }
        out += '}';
        return out;
    }

private:
    std::map<std::string, std::string, std::less<>> members_;
};

}  // namespace segurifai
