#include "migrate/type_change.hpp"

namespace segurifai::migrate {

namespace {

using model::Type;

bool is_text(Type type) noexcept {
    return type == Type::kVarchar || type == Type::kChar || type == Type::kText;
}

Safety from_integer(Type from, Type to) noexcept {
    switch (to) {
        case Type::kInteger:
        case Type::kBigInteger:
        case Type::kDecimal: return Safety::kLossless;
        case Type::kFloat:  // a double holds every 32-bit number, not every 64-bit one
            return from == Type::kInteger ? Safety::kLossless : Safety::kLossy;
        case Type::kBoolean: return Safety::kLossy;
        default: return Safety::kIrreversible;
    }
}

Safety from_decimal(const ColumnState& from, const ColumnState& to) noexcept {
    switch (to.type) {
        case Type::kDecimal:
            return to.scale < from.scale || to.precision < from.precision ? Safety::kLossy
                                                                          : Safety::kLossless;
        case Type::kInteger:
        case Type::kBigInteger: return from.scale == 0 ? Safety::kLossless : Safety::kLossy;
        case Type::kFloat: return Safety::kLossy;
        default: return Safety::kIrreversible;
    }
}

Safety lossless_if(bool holds) noexcept {
    return holds ? Safety::kLossless : Safety::kIrreversible;
}

}  // namespace

Safety type_change(const ColumnState& from, const ColumnState& to) noexcept {
    if (from.type == Type::kDecimal && to.type == Type::kDecimal) return from_decimal(from, to);
    if (from.type == to.type) return Safety::kLossless;  // a shorter length refuses, never cuts
    if (is_text(to.type)) return Safety::kLossless;      // everything can be written out
    switch (from.type) {
        case Type::kVarchar:
        case Type::kChar:
        case Type::kText: return Safety::kLossy;  // " 07" and "7" become one number
        case Type::kInteger:
        case Type::kBigInteger: return from_integer(from.type, to.type);
        case Type::kBoolean:
            return lossless_if(to.type == Type::kInteger || to.type == Type::kBigInteger);
        case Type::kDecimal: return from_decimal(from, to);
        case Type::kFloat:
            return to.type == Type::kInteger || to.type == Type::kBigInteger ||
                           to.type == Type::kDecimal
                       ? Safety::kLossy
                       : Safety::kIrreversible;
        case Type::kDate: return lossless_if(to.type == Type::kDateTime);
        case Type::kDateTime:
            return to.type == Type::kDate ? Safety::kLossy : Safety::kIrreversible;
        case Type::kUuid:
        case Type::kJson: return Safety::kIrreversible;
    }
    return Safety::kIrreversible;
}

}  // namespace segurifai::migrate
