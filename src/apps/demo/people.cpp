#include "apps/demo/people.hpp"

#include <array>

namespace segurifai::demo {
namespace {

using http::Scope;
using users::Role;

constexpr std::array kOperations{Scope::kOperations};
constexpr std::array kFinance{Scope::kFinance};
constexpr std::array kContent{Scope::kContent};
constexpr std::array kSupport{Scope::kSupport};
constexpr std::array kAuditor{Scope::kAuditor};

constexpr std::array kPeople{
    Person{"direccion", "Lucía", "Barrios", "+50200010001", Role::kAdmin, true},
    Person{"operaciones1", "Héctor", "Solís", "+50200010002", Role::kAdmin, false, kOperations},
    Person{"operaciones2", "Karla", "Méndez", "+50200010003", Role::kAdmin, false, kOperations},
    Person{"finanzas", "Ana Lucía", "Ordóñez", "+50200010004", Role::kAdmin, false, kFinance},
    Person{"contenido", "Pablo", "Recinos", "+50200010005", Role::kAdmin, false, kContent},
    Person{"soporte", "Mónica", "Tzul", "+50200010006", Role::kAdmin, false, kSupport},
    Person{"auditoria", "Rodrigo", "Paz", "+50200010007", Role::kAdmin, false, kAuditor},
    Person{"miembro1",
           "Elena",
           "Marroquín",
           "+50200010101",
           Role::kUser,
           false,
           {},
           "Protege tu Ruta|MONTHLY;Protege tu Salud|MONTHLY"},
    Person{"miembro2",
           "Diego",
           "Chávez",
           "+50200010102",
           Role::kUser,
           false,
           {},
           "Protege tu Ruta|YEARLY"},
    Person{"miembro3",
           "Rosa",
           "Ixcot",
           "+50200010103",
           Role::kUser,
           false,
           {},
           "Protege tu Tarjeta|MONTHLY"},
    Person{"miembro4",
           "Julio",
           "Castañeda",
           "+50200010104",
           Role::kUser,
           false,
           {},
           "Protege tu Salud|GRACE"},
    Person{"miembro5",
           "Sofía",
           "Lemus",
           "+50200010105",
           Role::kUser,
           false,
           {},
           "Protege tu Ruta|CANCELLED"},
    Person{"miembro6", "Óscar", "Pineda", "+50200010106", Role::kUser},
    Person{"miembro7", "Beatriz", "Toc", "+50200010107", Role::kUser},
};

constexpr std::string_view kCity = "Ciudad de Guatemala";
constexpr std::string_view kGuatemala = "Guatemala";

constexpr std::array kUnits{
    UnitSeed{"unidad01", "Marvin", "Coc", "+50200010201", "Grúas del Valle", "TOW_TRUCK C-001DMO",
             "Zona 12", kCity, kGuatemala, 14.5880, -90.5450, "TOW JUMP_START"},
    UnitSeed{"unidad02", "Edgar", "Sic", "+50200010202", "Grúas del Valle", "TOW_TRUCK C-002DMO",
             "Mixco", "Mixco", kGuatemala, 14.6333, -90.6064, "TOW"},
    UnitSeed{"unidad03", "Luis", "Ajanel", "+50200010203", "Grúas Pacífico", "TOW_TRUCK C-003DMO",
             "Escuintla", "Escuintla", "Escuintla", 14.3050, -90.7850, "TOW TYRE"},
    UnitSeed{"unidad04", "Wendy", "Mejía", "+50200010204", "Auxilio Rápido", "MOTORCYCLE M-004DMO",
             "Zona 10", kCity, kGuatemala, 14.5990, -90.5090, "JUMP_START FUEL TYRE"},
    UnitSeed{"unidad05", "Kevin", "Yat", "+50200010205", "Auxilio Rápido", "MOTORCYCLE M-005DMO",
             "Zona 1", kCity, kGuatemala, 14.6420, -90.5133, "JUMP_START FUEL LOCKSMITH"},
    UnitSeed{"unidad06", "Sergio", "Batz", "+50200010206", "Auxilio Rápido", "CAR P-006DMO",
             "Villa Nueva", "Villa Nueva", kGuatemala, 14.5269, -90.5875,
             "JUMP_START FUEL TYRE LOCKSMITH"},
    UnitSeed{"unidad07", "Ingrid", "Portillo", "+50200010207", "Llaves y Más", "CAR P-007DMO",
             "Zona 11", kCity, kGuatemala, 14.6210, -90.5530, "LOCKSMITH"},
    UnitSeed{"unidad08", "Carlos", "Xol", "+50200010208", "Ambulancias Vida", "AMBULANCE C-008DMO",
             "Zona 7", kCity, kGuatemala, 14.6380, -90.5480, "AMBULANCE"},
    UnitSeed{"unidad09", "Nora", "Cifuentes", "+50200010209", "Ambulancias Vida",
             "AMBULANCE C-009DMO", "Zona 15", kCity, kGuatemala, 14.5960, -90.4880,
             "AMBULANCE POST_OP_NURSE"},
    UnitSeed{"unidad10", "Mario", "Quej", "+50200010210", "Traslados GT", "CAR P-010DMO", "Zona 13",
             kCity, kGuatemala, 14.5833, -90.5275,
             "AIRPORT_TAXI FAMILY_TAXI DISCHARGE_TAXI DRIVER"},
    UnitSeed{"unidad11", "Silvia", "Ruano", "+50200010211", "Mensajeros Express",
             "MOTORCYCLE M-011DMO", "Zona 9", kCity, kGuatemala, 14.6060, -90.5200,
             "COURIER MEDICATION_DELIVERY"},
    UnitSeed{"unidad12", "Byron", "Tum", "+50200010212", "Asistencia Altense",
             "TOW_TRUCK C-012DMO;CAR P-013DMO", "Quetzaltenango", "Quetzaltenango",
             "Quetzaltenango", 14.8446, -91.5182, "TOW JUMP_START TYRE FUEL"},
    UnitSeed{"unidad13", "Julia", "Pop", "+50200010213", "Auxilio Colonial", "CAR P-014DMO",
             "Antigua Guatemala", "Antigua Guatemala", "Sacatepéquez", 14.5573, -90.7332,
             "JUMP_START TYRE LOCKSMITH",
             R"({"fri":[["06:00","20:00"]],"mon":[["06:00","20:00"]],"sat":[["06:00","20:00"]],)"
             R"("sun":[["06:00","20:00"]],"thu":[["06:00","20:00"]],"tue":[["06:00","20:00"]],)"
             R"("wed":[["06:00","20:00"]]})"},
    UnitSeed{"unidad14", "Óliver", "Cruz", "+50200010214", "Grúas Nuevas", "TOW_TRUCK C-015DMO",
             "Zona 18", kCity, kGuatemala, 14.6570, -90.4620, "TOW", "{}", true},
    UnitSeed{"mesa01", "Central", "Médica", "+50200010221", "Central Médica", "", "", kCity,
             kGuatemala, 0, 0,
             "DESK MEDICAL_PHONE MEDICAL_REFERENCE SPECIALIST CONSULTATION LAB_BASIC "
             "LAB_SCREENING NUTRITION_VIDEO PSYCHOLOGY_VIDEO"},
    UnitSeed{"mesa02", "Central Legal", "y Red", "+50200010222", "Central Legal y Red", "", "",
             kCity, kGuatemala, 0, 0, "DESK LEGAL_PHONE NETWORK_DISCOUNT"},
    UnitSeed{"mesa03", "Reclamos", "", "+50200010223", "Reclamos", "", "", kCity, kGuatemala, 0, 0,
             "DESK ER_SUPPORT XRAY ACCIDENTAL_DEATH HYGIENE_KIT CARD_LOST_STOLEN CARD_CLONING "
             "CARD_MAGSTRIPE CARD_SOCIAL_ENGINEERING CARD_PHISHING CARD_IDENTITY_THEFT "
             "CARD_SPOOFING CARD_VISHING CARD_ONLINE_PURCHASE"},
};

constexpr std::array kPrices{PriceSeed{"TOW", "450.00"}, PriceSeed{"JUMP_START", "150.00"},
                             PriceSeed{"TYRE", "150.00"}, PriceSeed{"FUEL", "175.00"},
                             PriceSeed{"LOCKSMITH", "250.00"}};

}  // namespace

std::span<const Person> people() noexcept {
    return kPeople;
}

std::span<const UnitSeed> units() noexcept {
    return kUnits;
}

std::span<const PriceSeed> prices() noexcept {
    return kPrices;
}

}  // namespace segurifai::demo
