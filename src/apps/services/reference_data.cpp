#include "apps/services/reference_data.hpp"

#include <algorithm>
#include <string_view>

#include "apps/services/coverage.hpp"
#include "embedded/services/plans.hpp"

namespace segurifai::services {
namespace {

struct CategoryText {
    CategoryType type;
    std::string_view name;
    std::string_view icon;
    std::string_view description;
};

constexpr CategoryText kCategories[] = {
    {CategoryType::kRoadside, "Asistencia Vial", "truck",
     "Ayuda en el camino, de día y de noche, en toda Guatemala: grúa, combustible, cambio de "
     "llanta, paso de corriente, cerrajería y más, con una unidad que usted ve llegar en el mapa."},
    {CategoryType::kHealth, "Asistencia Médica", "heart",
     "Orientación médica a cualquier hora, consultas, exámenes y traslados para cuidar de usted y, "
     "en muchos servicios, también de su familia."},
    {CategoryType::kCardInsurance, "Protección de Tarjeta", "credit-card",
     "Respaldo ante la pérdida, el robo o la clonación de sus tarjetas y ante los fraudes "
     "digitales, con un equipo que le acompaña durante todo el reclamo."},
};

struct PlanText {
    std::string_view file;
    CategoryType category;
    std::string_view name;
    std::string_view description;
    Money monthly;
    Money yearly;  ///< twelve months: there is no yearly discount
    bool featured;
};

constexpr PlanText kPlans[] = {
    {"protege_tu_ruta.json", CategoryType::kRoadside, "Protege tu Ruta",
     "Asistencia en el camino para su vehículo particular, de día y de noche, en toda Guatemala. "
     "El conductor profesional acude cuando usted no puede manejar por enfermedad o por haber "
     "bebido. El taxi al aeropuerto es para su propio viaje al extranjero. El apoyo en sala de "
     "emergencias se paga directamente al hospital. Los rayos X se cubren después de un accidente "
     "de tránsito y, además, la red le da hasta 20 % de descuento. La red de proveedores ofrece "
     "hasta 20 % de descuento y cotiza por teléfono repuestos y talleres.",
     Money{39'99}, Money{479'88}, true},
    {"protege_tu_salud.json", CategoryType::kHealth, "Protege tu Salud",
     "Orientación médica por teléfono a cualquier hora, consultas, exámenes, videoconsultas, "
     "medicamentos a domicilio y traslados. Los taxis recorren hasta 15 km dentro de la capital. "
     "La enfermería posoperatoria, el papanicolaou, la mamografía, el antígeno prostático y la "
     "ambulancia son solo para el titular del plan.",
     Money{34'99}, Money{419'88}, true},
    {"protege_tu_tarjeta.json", CategoryType::kCardInsurance, "Protege tu Tarjeta",
     "Respaldo económico ante la pérdida o el robo de su tarjeta y ante los fraudes digitales. Si "
     "algo sucede, bloquee su tarjeta de inmediato. En caso de pérdida o robo se cubren los cargos "
     "de las 48 horas anteriores al aviso; los demás fraudes se reclaman dentro de los 5 días "
     "hábiles siguientes al estado de cuenta. No se cubren la negligencia, como compartir sus "
     "claves, la complicidad de un familiar o del banco, las pérdidas que paga otro seguro ni los "
     "ataques al propio banco.",
     Money{34'99}, Money{419'88}, false},
};

Result<ServicePlan> plan_from(const PlanText& text) {
    const auto files = plans::files();
    const auto file = std::ranges::find(files, text.file, &EmbeddedFile::name);
    if (file == files.end())
        return fail(Code::kInternal, "The program lacks the plan file " + std::string(text.file) +
                                         ": build it anew.");
    ServicePlan plan;
    SEGURIFAI_TRY_AS(plan.coverage_details, Json::parse(file->text));
    SEGURIFAI_TRY_AS(const Coverage coverage, parse_coverage(plan.coverage_details.text));

    plan.features.text = "[";
    for (const std::string& line : feature_lines(coverage)) {
        if (plan.features.text.size() > 1) plan.features.text += ',';
        append_json_string(plan.features.text, line);
    }
    plan.features.text += ']';

    plan.name = text.name;
    plan.description = text.description;
    plan.price_monthly = text.monthly;
    plan.price_yearly = text.yearly;
    plan.is_featured = text.featured;
    return plan;
}

}  // namespace

std::vector<ServiceCategory> reference_categories() {
    std::vector<ServiceCategory> categories;
    for (const CategoryText& text : kCategories) {
        ServiceCategory category;
        category.category_type = text.type;
        category.name = text.name;
        category.icon = text.icon;
        category.description = text.description;
        categories.push_back(std::move(category));
    }
    return categories;
}

Result<std::vector<ReferencePlan>> reference_plans() {
    std::vector<ReferencePlan> reference;
    for (const PlanText& text : kPlans) {
        SEGURIFAI_TRY_AS(ServicePlan plan, plan_from(text));
        reference.push_back({text.category, std::move(plan)});
    }
    return reference;
}

}  // namespace segurifai::services
