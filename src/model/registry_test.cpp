#include "model/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/description.hpp"
#include "model/validators.hpp"
#include "store/every_type.hpp"

namespace segurifai::model {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::EveryType;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Place;

sql::Value load_nothing(const void*) {
    return {};
}
bool store_nothing(void*, const sql::Value&) {
    return true;
}

Column key_column(std::string_view name = "id") {
    return {.number = 1,
            .name = name,
            .type = Type::kInteger,
            .primary_key = true,
            .identity = true,
            .personal = Personal::kNone,
            .retention = Retention::kTable,
            .load = load_nothing,
            .store = store_nothing};
}

Column plain(std::uint16_t number, std::string_view name, Type type) {
    return {.number = number,
            .name = name,
            .type = type,
            .personal = Personal::kNone,
            .retention = Retention::kTable,
            .load = load_nothing,
            .store = store_nothing};
}

/// A table under examination: right until a test breaks it.
struct Sketch {
    std::vector<Column> columns{key_column(), plain(2, "amount", Type::kInteger)};
    std::vector<Index> indexes;
    std::vector<Check> checks;
    Table table{
        .number = 1, .app = "tests", .name = "tests_sketch", .retention = Retention::kOperational};

    Column& amount() { return columns[1]; }

    const Table* get() {
        table.columns = columns;
        table.indexes = indexes;
        table.checks = checks;
        return &table;
    }
    std::vector<Fault> faults() {
        const Table* one = get();
        return check_descriptions({&one, 1});
    }
};

auto fault(const std::string& path, const std::string& words) {
    return AllOf(Field(&Fault::path, path), Field(&Fault::message, HasSubstr(words)));
}

TEST(Descriptions, ThatAreRightHaveNoFault) {
    EXPECT_THAT(Sketch().faults(), IsEmpty());
    const std::vector<const Table*> tables{&table_of<EveryType>(), &table_of<Place>()};
    EXPECT_THAT(check_descriptions(tables), IsEmpty());
}

/// One way to break the sketch, and the fault it must have.
struct Break {
    const char* name;
    void (*make)(Sketch&);
    const char* path;
    const char* words;
};

void PrintTo(const Break& broken, std::ostream* out) {
    *out << broken.name;
}

class BrokenDescriptions : public ::testing::TestWithParam<Break> {};

TEST_P(BrokenDescriptions, AreRefusedByName) {
    Sketch sketch;
    GetParam().make(sketch);
    EXPECT_THAT(sketch.faults(), Contains(fault(GetParam().path, GetParam().words)));
    EXPECT_FALSE(Registry::make({sketch.get()}));
}

constexpr char kPath[] = "tests_sketch.amount";
constexpr char kTablePath[] = "tests_sketch";

std::optional<std::string> refuse_all(const sql::Value&) {
    return "Refused.";
}
constexpr std::string_view kLetters[] = {"A", "LONGER"};
constexpr std::string_view kTwice[] = {"A", "A"};

const Break kBreaks[] = {
    {"ForeignKeyToNothing", [](Sketch& s) { s.amount().references = "tests_nothing"; }, kPath,
     "no table of the registry"},
    {"ForeignKeyOfAnotherType",
     [](Sketch& s) {
         s.amount().references = "tests_sketch";
         s.amount().type = Type::kBigInteger;
     },
     kPath, "but the key of tests_sketch is INTEGER"},
    {"ForeignKeyToAPartitionedTable",
     [](Sketch& s) {
         s.columns.push_back(plain(3, "at", Type::kDateTime));
         s.table.partition_by = "at";
         s.amount().references = "tests_sketch";
     },
     kPath, "not a single column"},
    {"SetNullOnNotNull",
     [](Sketch& s) {
         s.amount().references = "tests_sketch";
         s.amount().on_delete = OnDelete::kSetNull;
     },
     kPath, "cannot be set to NULL"},
    {"DefaultOfAnotherType", [](Sketch& s) { s.amount().preset = "many"; }, kPath,
     "no value of the column's type"},
    {"DefaultThatIsNoDecimal",
     [](Sketch& s) {
         s.amount().type = Type::kDecimal;
         s.amount().precision = 4;
         s.amount().scale = 2;
         s.amount().preset = "123.45";
     },
     kPath, "no value of the column's type"},
    {"DefaultOutOfRange",
     [](Sketch& s) {
         s.amount().max = "5";
         s.amount().preset = 6;
     },
     kPath, "at most 5"},
    {"DefaultThatIsNoChoice",
     [](Sketch& s) {
         s.amount().type = Type::kVarchar;
         s.amount().length = 10;
         s.amount().choices = kLetters;
         s.amount().preset = "B";
     },
     kPath, "Must be one of A, LONGER"},
    {"DefaultOfAnotherJsonKind",
     [](Sketch& s) {
         s.amount().type = Type::kJson;
         s.amount().json = JsonKind::kArray;
         s.amount().preset = "{}";
     },
     kPath, "Must be a JSON array"},
    {"DefaultThatIsNotCanonicalJson",
     [](Sketch& s) {
         s.amount().type = Type::kJson;
         s.amount().preset = "[ ]";
     },
     kPath, "canonical"},
    {"DefaultThatItsValidatorRefuses",
     [](Sketch& s) {
         s.amount().validate = refuse_all;
         s.amount().preset = 1;
     },
     kPath, "Refused."},
    {"DefaultTooLong",
     [](Sketch& s) {
         s.amount().type = Type::kVarchar;
         s.amount().length = 2;
         s.amount().preset = "abc";
     },
     kPath, "at most 2 characters"},
    {"DefaultOfAnIdentity", [](Sketch& s) { s.columns[0].preset = 1; }, "tests_sketch.id",
     "fills itself"},
    {"TwoIndexesOfOneName",
     [](Sketch& s) {
         s.indexes = {{.name = "amount_key", .columns = {"amount"}}};
         s.amount().unique = true;
     },
     "tests_sketch.amount_key", "tests_sketch_amount_key is also made by tests_sketch.amount"},
    {"CheckOfAnIndexName",
     [](Sketch& s) {
         s.indexes = {{.name = "positive", .columns = {"amount"}}};
         s.checks = {{.name = "positive", .expression = "amount > 0"}};
     },
     "tests_sketch.positive", "is also made by"},
    {"IndexOnAnUnknownColumn",
     [](Sketch& s) { s.indexes = {{.name = "x", .columns = {"nowhere"}}}; }, "tests_sketch.x",
     "nowhere, which is no column"},
    {"IndexWithoutColumns", [](Sketch& s) { s.indexes = {{.name = "x"}}; }, "tests_sketch.x",
     "no column"},
    {"IndexThatNamesAColumnTwice",
     [](Sketch& s) { s.indexes = {{.name = "x", .columns = {"amount", "amount"}}}; },
     "tests_sketch.x", "twice"},
    {"NameOver63Bytes",
     [](Sketch& s) {
         s.amount().name = "a_column_name_that_leaves_no_room_for_its_range_check";
         s.amount().max = "5";
     },
     "tests_sketch.a_column_name_that_leaves_no_room_for_its_range_check", "PostgreSQL keeps 63"},
    {"NameThatEnginesFoldDifferently", [](Sketch& s) { s.amount().name = "Amount"; },
     "tests_sketch.Amount", "a-z"},
    {"NoPersonalTag", [](Sketch& s) { s.amount().personal = Personal::kUnset; }, kPath,
     "no personal-data tag"},
    {"NoRetentionOfAColumn", [](Sketch& s) { s.amount().retention = Retention::kUnset; }, kPath,
     "no retention class"},
    {"NoRetentionOfATable", [](Sketch& s) { s.table.retention = Retention::kUnset; }, kTablePath,
     "no retention class"},
    {"SessionsThatSayNoTime", [](Sketch& s) { s.table.retention = Retention::kSession; },
     kTablePath, "does not say from which column"},
    {"RetainedFromANumber",
     [](Sketch& s) {
         s.table.retention = Retention::kSession;
         s.table.retained_from = "amount";
     },
     kPath, "a DATETIME of its own"},
    {"RetainedFromNothingThatCounts", [](Sketch& s) { s.table.retained_from = "amount"; }, kPath,
     "counts from no column"},
    {"TwoColumnsOfOneNumber", [](Sketch& s) { s.amount().number = 1; }, kPath,
     "Its number 1 belongs to id"},
    {"ColumnWithoutNumber", [](Sketch& s) { s.amount().number = 0; }, kPath, "has no number"},
    {"TableWithoutNumber", [](Sketch& s) { s.table.number = 0; }, kTablePath, "has no number"},
    {"TableWithoutApp", [](Sketch& s) { s.table.app = ""; }, kTablePath, "no app"},
    {"TwoColumnsOfOneName", [](Sketch& s) { s.amount().name = "id"; }, "tests_sketch.id",
     "Two columns"},
    {"VarcharWithoutLength", [](Sketch& s) { s.amount().type = Type::kVarchar; }, kPath,
     "need a length"},
    {"LengthOfANumber", [](Sketch& s) { s.amount().length = 3; }, kPath, "Only texts"},
    {"ChoiceLongerThanItsColumn",
     [](Sketch& s) {
         s.amount().type = Type::kVarchar;
         s.amount().length = 3;
         s.amount().choices = kLetters;
     },
     kPath, "'LONGER' is longer"},
    {"ChoiceTwice",
     [](Sketch& s) {
         s.amount().type = Type::kText;
         s.amount().choices = kTwice;
     },
     kPath, "'A' is there twice"},
    {"NoPrimaryKey",
     [](Sketch& s) {
         s.columns[0].primary_key = false;
         s.columns[0].identity = false;
     },
     kTablePath, "no primary key"},
    {"TwoPrimaryKeys", [](Sketch& s) { s.amount().primary_key = true; }, kTablePath,
     "several primary keys"},
    {"NullablePrimaryKey", [](Sketch& s) { s.columns[0].null = true; }, "tests_sketch.id",
     "cannot be NULL"},
    {"PartitionByNothing", [](Sketch& s) { s.table.partition_by = "at"; }, "tests_sketch.at",
     "no column of the table"},
    {"PartitionByANumber", [](Sketch& s) { s.table.partition_by = "amount"; }, kPath,
     "a DATETIME that is NOT NULL"},
    {"PartitionByANullableInstant",
     [](Sketch& s) {
         s.amount().type = Type::kDateTime;
         s.amount().null = true;
         s.table.partition_by = "amount";
     },
     kPath, "a DATETIME that is NOT NULL"},
    {"IdentityOfAText",
     [](Sketch& s) {
         s.columns[0].type = Type::kVarchar;
         s.columns[0].length = 9;
     },
     "tests_sketch.id", "Only an integer"},
    {"RangeThatIsNoValue", [](Sketch& s) { s.amount().min = "low"; }, kPath, "'low'"},
    {"RangeUpsideDown",
     [](Sketch& s) {
         s.amount().min = "5";
         s.amount().max = "4";
     },
     kPath, "above the largest"},
    {"RangeOfAText",
     [](Sketch& s) {
         s.amount().type = Type::kText;
         s.amount().min = "1";
     },
     kPath, "has no range"},
    {"ClockOnANumber", [](Sketch& s) { s.amount().auto_time = AutoTime::kWrite; }, kPath,
     "set by the clock"},
    {"UniqueJson",
     [](Sketch& s) {
         s.amount().type = Type::kJson;
         s.amount().unique = true;
     },
     kPath, "cannot be unique"},
    {"DecimalOfTooManyDigits",
     [](Sketch& s) {
         s.amount().type = Type::kDecimal;
         s.amount().precision = 16;
     },
     kPath, "1 to 15 digits"},
};

INSTANTIATE_TEST_SUITE_P(Every, BrokenDescriptions, ::testing::ValuesIn(kBreaks),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Descriptions, NameEveryFaultAtOnce) {
    Sketch sketch;
    sketch.amount().personal = Personal::kUnset;
    sketch.amount().references = "tests_nothing";
    sketch.table.partition_by = "at";
    const auto made = Registry::make({sketch.get()});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Code::kInvalid);
    EXPECT_EQ(made.error().faults.size(), 3u);
}

TEST(Descriptions, OfTwoTablesMustNotShareNamesOrNumbers) {
    Sketch one;
    Sketch two;
    const Table* tables[] = {one.get(), two.get()};
    EXPECT_THAT(check_descriptions(tables),
                ::testing::IsSupersetOf({fault("tests_sketch", "Two tables have this name"),
                                         fault("tests_sketch", "Its number 1 belongs to")}));
    Sketch base;
    base.indexes = {{.name = "by_day_amount", .columns = {"amount"}}};
    Sketch longer;
    longer.table.number = 2;
    longer.table.name = "tests_sketch_by";
    longer.indexes = {{.name = "day_amount", .columns = {"amount"}}};
    const Table* others[] = {base.get(), longer.get()};
    EXPECT_THAT(check_descriptions(others),
                ElementsAre(fault("tests_sketch_by.day_amount",
                                  "tests_sketch_by_day_amount is also made by tests_sketch")));
}

TEST(Registry, PutsParentsFirst) {
    const auto registry = Registry::make({&table_of<EveryType>(), &table_of<Place>()});
    ASSERT_TRUE(registry) << describe(registry.error());
    EXPECT_THAT(registry->tables(), ElementsAre(&table_of<Place>(), &table_of<EveryType>()));
    EXPECT_EQ(registry->find("tests_place"), &table_of<Place>());
    EXPECT_EQ(registry->find(902), &table_of<EveryType>());
    EXPECT_EQ(registry->find("tests_nothing"), nullptr);
    EXPECT_EQ(registry->of_app("tests").size(), 2u);
    EXPECT_TRUE(registry->of_app("nobody").empty());
    EXPECT_THAT(registry->apps(), ElementsAre("tests"));
    ASSERT_EQ(registry->references_to(table_of<Place>()).size(), 1u);
    EXPECT_EQ(registry->references_to(table_of<Place>())[0].column->name, "place_id");
}

TEST(Registry, RefusesACircleButNotATableThatReferencesItself) {
    Sketch own;
    own.amount().references = "tests_sketch";
    EXPECT_TRUE(Registry::make({own.get()}));

    Sketch egg;
    Sketch hen;
    egg.table.name = "tests_egg";
    hen.table.name = "tests_hen";
    hen.table.number = 2;
    egg.amount().references = "tests_hen";
    hen.amount().references = "tests_egg";
    const auto made = Registry::make({egg.get(), hen.get()});
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().message, HasSubstr("in a circle"));
    EXPECT_EQ(made.error().faults.size(), 2u);
}

TEST(PhysicalNames, AreTheOnesTheDdlMakes) {
    std::vector<std::string> names;
    for (const PhysicalName& name : physical_names(table_of<Place>())) names.push_back(name.name);
    EXPECT_THAT(names, ElementsAre("tests_place", "tests_place_pkey", "tests_place_id_type",
                                   "tests_place_name_type", "tests_place_name_length",
                                   "tests_place_name_key"));
}

}  // namespace
}  // namespace segurifai::model
