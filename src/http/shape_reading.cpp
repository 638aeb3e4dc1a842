#include <bitset>

#include "http/json_tree.hpp"
#include "http/shape_plan.hpp"
#include "http/shape_value.hpp"
#include "model/json_value.hpp"

namespace segurifai::http {
namespace {

using Kind = FieldType::Kind;

/// Where a value stands: names and places, kept on the stack and written out for a fault only.
struct Place {
    const Place* above = nullptr;
    std::string_view name;  ///< of a member; empty in an array
    std::size_t index = 0;

    void append(std::string& out) const {
        if (above != nullptr) {
            above->append(out);
            out += '.';
        }
        if (name.empty())
            out += std::to_string(index);
        else
            out += name;
    }
};

class Faults {
public:
    void add(const Place& place, std::string message) {
        if (full()) return;
        std::string path;
        place.append(path);
        faults_.push_back({std::move(path), std::move(message)});
    }
    void add_to_whole(std::string message) { faults_.push_back({"", std::move(message)}); }
    [[nodiscard]] bool full() const noexcept { return faults_.size() >= kFaultsMax; }

    [[nodiscard]] Result<void> result() {
        if (faults_.empty()) return {};
        return std::unexpected(Error{.code = Code::kInvalid,
                                     .message = "The input is not valid.",
                                     .faults = std::move(faults_)});
    }

private:
    std::vector<Fault> faults_;
};

/// The field of that name that may be read. Members mostly come in the order of the fields: the
/// search begins at `expected`, which then moves on.
std::optional<std::size_t> position_of(const ShapePlan& plan, std::string_view name,
                                       std::size_t& expected) {
    const std::size_t size = plan.fields.size();
    for (std::size_t step = 0; step < size; ++step) {
        std::size_t position = expected + step;
        if (position >= size) position -= size;
        const FieldPlan& field = plan.fields[position];
        if (!field.is_read || field.field->name != name) continue;
        expected = position + 1 == size ? 0 : position + 1;
        return position;
    }
    return std::nullopt;
}

/// Notes which fields were given, and says at the end which of the others had to be.
class Given {
public:
    explicit Given(const ShapePlan& plan) : plan_(plan) {}

    /// False when it was there before.
    bool note(std::size_t position) {
        if (given_[position]) return false;
        given_.set(position);
        return true;
    }
    void require(const Place* above, Faults& faults) const {
        for (std::size_t i = 0; i < plan_.fields.size(); ++i) {
            const FieldPlan& field = plan_.fields[i];
            if (field.is_read && field.is_required && !given_[i])
                faults.add({above, field.field->name}, "This field is required.");
        }
    }

private:
    const ShapePlan& plan_;
    std::bitset<kShapeFieldsMax> given_;
};

class JsonReading {
public:
    JsonReading(const JsonTree& tree, Faults& faults) : tree_(tree), faults_(faults) {}

    void object(const Shape& shape, std::size_t index, void* object, const Place* above) {
        const ShapePlan& plan = plan_of(shape);
        Given given(plan);
        std::size_t expected = 0;
        const std::size_t end = tree_[index].end;
        for (std::size_t at = index + 1; at < end && !faults_.full(); at = tree_[at].end) {
            const Place place{above, tree_[at].key.empty() ? "\"\"" : tree_[at].key};
            const auto position = position_of(plan, tree_[at].key, expected);
            if (!position) {
                faults_.add({above, model::shown_name(place.name)}, "There is no such field.");
            } else if (!given.note(*position)) {
                faults_.add(place, "This field is given twice.");
            } else {
                const FieldPlan& field = plan.fields[*position];
                value(field, *field.field->type, at, field.field->member(object), place);
            }
        }
        given.require(above, faults_);
    }

private:
    void value(const FieldPlan& plan, const FieldType& type, std::size_t index, void* target,
               const Place& place) {
        const JsonNode& node = tree_[index];
        if (type.kind == Kind::kOptional || type.kind == Kind::kMaybe) {
            if (node.kind == JsonNode::Kind::kNull) return type.clear(target);
            return value(plan, *type.inner, index, type.emplace(target), place);
        }
        if (node.kind == JsonNode::Kind::kNull)
            return faults_.add(place, "This field may not be null.");
        if (type.kind == Kind::kArray) return array(plan, type, index, target, place);
        if (type.kind == Kind::kScalar) {
            if (auto wrong = read_scalar(plan, tree_, index, target))
                faults_.add(place, std::move(*wrong));
            else if (plan.field->options.inside != nullptr)
                look_inside(plan, target, place);
            return;
        }
        if (node.kind != JsonNode::Kind::kObject) return faults_.add(place, "Must be an object.");
        object(type.shape(), index, target, &place);
    }

    void look_inside(const FieldPlan& plan, const void* target, const Place& place) {
        const sql::Value json = plan.scalar->load(target);
        for (Fault& fault : plan.field->options.inside(json.as_text())) {
            const Place within{&place, fault.path};
            faults_.add(fault.path.empty() ? place : within, std::move(fault.message));
        }
    }

    void array(const FieldPlan& plan, const FieldType& type, std::size_t index, void* target,
               const Place& place) {
        const JsonNode& node = tree_[index];
        const FieldOptions& options = plan.field->options;
        if (node.kind != JsonNode::Kind::kArray) return faults_.add(place, "Must be a list.");
        if (node.count > options.items_max)
            return faults_.add(
                place, "Must have at most " + std::to_string(options.items_max) + " items.");
        if (node.count < options.items_min)
            faults_.add(place,
                        "Must have at least " + std::to_string(options.items_min) + " items.");
        type.clear(target);
        std::size_t item = 0;
        for (std::size_t at = index + 1; at < node.end && !faults_.full(); at = tree_[at].end)
            value(plan, *type.inner, at, type.emplace(target), {&place, {}, item++});
    }

    const JsonTree& tree_;
    Faults& faults_;
};

/// One query parameter: a scalar, or a list of them joined by commas.
void read_parameter(const FieldPlan& plan, std::string_view text, void* target, Faults& faults) {
    const FieldOptions& options = plan.field->options;
    const Place place{nullptr, plan.field->name};
    const FieldType* type = plan.field->type;
    while (type->kind == Kind::kOptional || type->kind == Kind::kMaybe) {
        target = type->emplace(target);
        type = type->inner;
    }
    if (type->kind != Kind::kArray) {
        if (auto wrong = read_scalar(plan, text, target)) faults.add(place, std::move(*wrong));
        return;
    }
    type->clear(target);
    std::size_t items = 0;
    for (bool more = !text.empty(); more; ++items) {
        if (items == options.items_max)
            return faults.add(place,
                              "Must have at most " + std::to_string(options.items_max) + " items.");
        const std::size_t comma = text.find(',');
        more = comma != std::string_view::npos;
        const std::string_view one = text.substr(0, comma);
        if (more) text.remove_prefix(comma + 1);
        if (auto wrong = read_scalar(plan, one, type->emplace(target)))
            return faults.add(place, std::move(*wrong));
    }
    if (items < options.items_min)
        faults.add(place, "Must have at least " + std::to_string(options.items_min) + " items.");
}

/// Whether a query can hold the field: a scalar, or one list of scalars.
bool is_parameter(const FieldPlan& plan) noexcept {
    int lists = 0;
    for (const FieldType* type = plan.field->type; type != nullptr; type = type->inner)
        lists += type->kind == Kind::kArray ? 1 : 0;
    return plan.scalar != nullptr && lists <= 1 && plan.scalar->type != model::Type::kJson;
}

}  // namespace

Result<void> read_json(const Shape& shape, std::string_view json, void* object) {
    SEGURIFAI_TRY_AS(const JsonTree tree, JsonTree::parse(json));
    Faults faults;
    if (tree[0].kind != JsonNode::Kind::kObject)
        faults.add_to_whole("Must be an object.");
    else
        JsonReading(tree, faults).object(shape, 0, object, nullptr);
    return faults.result();
}

Result<void> read_query(const Shape& shape, const QueryPairs& pairs, void* object) {
    const ShapePlan& plan = plan_of(shape);
    Faults faults;
    Given given(plan);
    std::size_t expected = 0;
    for (const auto& [name, text] : pairs) {
        const auto position = position_of(plan, name, expected);
        if (!position || !is_parameter(plan.fields[*position])) {
            faults.add({nullptr, model::shown_name(name)}, "There is no such parameter.");
        } else if (!given.note(*position)) {
            faults.add({nullptr, name}, "This field is given twice.");
        } else {
            const FieldPlan& field = plan.fields[*position];
            read_parameter(field, text, field.field->member(object), faults);
        }
    }
    given.require(nullptr, faults);
    return faults.result();
}

}  // namespace segurifai::http
