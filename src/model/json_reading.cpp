#include <bitset>
#include <boost/json/basic_parser_impl.hpp>

#include "base/json.hpp"
#include "model/json_mapping.hpp"
#include "model/json_value.hpp"

namespace segurifai::model {
namespace {

/// Fills a Record while Boost.JSON's parser walks the document. The value of a JSON column is
/// rebuilt as text and made canonical at its end.
class RecordReader {
public:
    // The names and limits below are what basic_parser asks of its handler.
    static constexpr std::size_t max_object_size = 10'000;
    static constexpr std::size_t max_array_size = 100'000;
    static constexpr std::size_t max_key_size = 1'000;
    static constexpr std::size_t max_string_size = kJsonBytesMax;

    using error_code = boost::json::error_code;
    using view = boost::json::string_view;

    explicit RecordReader(const TablePlan& plan) : plan_(plan), record_(plan.table) {}

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }

    bool on_object_begin(error_code&) {
        if (depth_++ > 0) open('{');
        return true;
    }
    bool on_object_end(std::size_t, error_code&) {
        if (--depth_ > 0) close('}');
        return true;
    }
    bool on_array_begin(error_code& error) {
        if (depth_ == 0) return refuse(error);
        ++depth_;
        open('[');
        return true;
    }
    bool on_array_end(std::size_t, error_code&) {
        --depth_;
        close(']');
        return true;
    }

    bool on_key_part(view part, std::size_t, error_code&) { return keep(part); }
    bool on_key(view part, std::size_t, error_code&) {
        const std::string_view name = whole(part);
        if (depth_ > 1) {
            follow_keys(name);
            separate();
            append_json_string(nested_, name);
            nested_ += ':';
        } else {
            begin_member(name);
        }
        part_.clear();
        return true;
    }
    bool on_string_part(view part, std::size_t, error_code&) { return keep(part); }
    bool on_string(view part, std::size_t, error_code& error) {
        if (depth_ == 0) return refuse(error);
        const std::string_view text = whole(part);
        if (depth_ > 1 || is_json()) {
            if (depth_ > 1) separate();
            if (text.find('\0') != std::string_view::npos) canonical_ = false;
            append_json_string(nested_, text);
            end_scalar();
        } else if (column_ != nullptr) {
            take_string(text);
        }
        part_.clear();
        return true;
    }
    bool on_number_part(view part, error_code&) { return keep(part); }
    bool on_int64(std::int64_t, view part, error_code& error) { return number(part, error); }
    bool on_uint64(std::uint64_t, view part, error_code& error) { return number(part, error); }
    bool on_double(double, view part, error_code& error) { return number(part, error); }
    bool on_bool(bool value, error_code& error) {
        if (depth_ == 0) return refuse(error);
        if (depth_ > 1 || is_json()) {
            scalar(value ? "true" : "false");
        } else if (column_ != nullptr) {
            if (column_->type == Type::kBoolean)
                set(sql::Value::boolean(value));
            else
                mistyped();
        }
        return true;
    }
    bool on_null(error_code& error) {
        if (depth_ == 0) return refuse(error);
        if (depth_ > 1) {
            scalar("null");
        } else if (column_ != nullptr) {
            if (!column_->null) add(column_->name, "This field may not be null.");
        }
        return true;
    }
    bool on_comment_part(view, error_code&) { return false; }
    bool on_comment(view, error_code&) { return false; }

    [[nodiscard]] bool is_no_object() const noexcept { return no_object_; }

    /// After the document: defaults for what was not given, faults for what must be.
    Result<Record> finish() {
        const Table& table = plan_.table;
        for (std::size_t i = 0; i < table.columns.size(); ++i) {
            const Column& column = table.columns[i];
            if (given_[i]) continue;
            if (is_required(column))
                add(column.name, "This field is required.");
            else if (const auto preset = default_value(column))
                record_.set(i, *preset);
        }
        if (!faults_.empty()) return invalid(table, std::move(faults_));
        return std::move(record_);
    }

private:
    bool refuse(error_code& error) {
        no_object_ = true;
        error = boost::json::error::syntax;
        return false;
    }

    bool keep(view part) {
        part_.append(part.data(), part.size());
        return true;
    }

    /// A text that came in one part is used where it lies.
    [[nodiscard]] std::string_view whole(view part) {
        if (part_.empty()) return {part.data(), part.size()};
        part_.append(part.data(), part.size());
        return part_;
    }

    void add(std::string_view path, std::string message) {
        if (faults_.size() < kJsonFaultsMax)
            faults_.push_back({std::string(path), std::move(message)});
    }

    void mistyped() { add(column_->name, "Must be " + std::string(json_form(*column_)) + "."); }

    /// Members mostly come in the order of the columns: look there first.
    void begin_member(std::string_view name) {
        const auto columns = plan_.table.columns;
        column_ = nullptr;
        for (std::size_t step = 0; step < columns.size(); ++step) {
            const std::size_t position = (expected_ + step) % columns.size();
            if (columns[position].name != name) continue;
            expected_ = position + 1;
            if (given_[position]) {
                add(name, "This field is given twice.");
                return;
            }
            given_.set(position);
            column_ = &columns[position];
            position_ = position;
            return;
        }
        add(shown_name(name), "There is no such field.");
    }

    void set(const sql::Value& value) {
        if (auto fault = plan_.validation.check(position_, value))
            add(column_->name, std::move(*fault));
        else
            record_.set(position_, value);
    }

    void take_string(std::string_view text) {
        const auto value = value_of_json_string(*column_, text);
        return value ? set(*value) : mistyped();
    }

    bool number(view part, error_code& error) {
        if (depth_ == 0) return refuse(error);
        const std::string_view text = whole(part);
        if (depth_ > 1 || is_json())
            scalar(text);
        else if (column_ != nullptr)
            take_number(text);
        part_.clear();
        return true;
    }

    // Not the parser's own number: a double of it is a last digit off for about one in ten.
    void take_number(std::string_view text) {
        const auto value = value_of_json_number(*column_, text);
        return value ? set(*value) : mistyped();
    }

    // What follows rebuilds the value of a JSON column.

    [[nodiscard]] bool is_json() const noexcept {
        return column_ != nullptr && column_->type == Type::kJson;
    }
    void separate() {
        if (!nested_.empty() && nested_.back() != '{' && nested_.back() != '[' &&
            nested_.back() != ':')
            nested_ += ',';
    }
    void open(char bracket) {
        separate();
        nested_ += bracket;
        levels_.emplace_back();
    }
    void close(char bracket) {
        nested_ += bracket;
        levels_.pop_back();
        end_scalar();
    }
    /// What is rebuilt without spaces is canonical already when the keys of every object ascend,
    /// as they do in what we wrote ourselves.
    void follow_keys(std::string_view key) {
        Level& level = levels_.back();
        if ((level.any && key <= level.key) || key.find('\0') != std::string_view::npos)
            canonical_ = false;
        level.any = true;
        level.key = key;
    }
    void scalar(std::string_view text) {
        separate();
        nested_ += text;
        end_scalar();
    }
    /// At the end of the member's value, makes what was rebuilt canonical.
    void end_scalar() {
        if (depth_ > 1) return;
        if (is_json())
            take_json();
        else if (column_ != nullptr)
            mistyped();
        nested_.clear();
        canonical_ = true;
    }
    void take_json() {
        if (canonical_) return set(sql::Value::json(nested_));
        const auto canonical = Json::parse(nested_);
        if (canonical)
            set(sql::Value::json(canonical->text));
        else
            add(column_->name, canonical.error().message);
    }

    struct Level {
        std::string key;  ///< the last one
        bool any = false;
    };

    const TablePlan& plan_;
    Record record_;
    std::bitset<kColumnNumberMax + 1> given_;
    std::vector<Fault> faults_;
    std::string part_;
    std::string nested_;
    std::vector<Level> levels_;       ///< the open arrays and objects of the present member
    bool canonical_ = true;           ///< whether nested_ still is
    const Column* column_ = nullptr;  ///< of the present member; nullptr when it is skipped
    std::size_t position_ = 0;
    std::size_t expected_ = 0;
    int depth_ = 0;
    bool no_object_ = false;
};

std::unexpected<Error> malformed(const Table& table, std::string message) {
    std::vector<Fault> faults;
    faults.push_back({"", std::move(message)});
    return invalid(table, std::move(faults));
}

}  // namespace

Result<Record> parse_record(const TablePlan& plan, std::string_view json) {
    if (json.size() > kJsonBytesMax) return malformed(plan.table, "The JSON is over 1 MB.");
    boost::json::parse_options options;
    options.max_depth = kJsonDepthMax;
    boost::json::basic_parser<RecordReader> parser(options, plan);
    boost::json::error_code error;
    const std::size_t used = parser.write_some(false, json.data(), json.size(), error);
    if (parser.handler().is_no_object())
        return malformed(plan.table, "The row must be a JSON object.");
    if (error == boost::json::error::too_deep)
        return malformed(plan.table, "The JSON is nested deeper than 32 levels.");
    if (error || !parser.done()) return malformed(plan.table, "The JSON is malformed.");
    if (json.substr(used).find_first_not_of(" \t\r\n") != std::string_view::npos)
        return malformed(plan.table, "Something follows the JSON object.");
    return parser.handler().finish();
}

}  // namespace segurifai::model
