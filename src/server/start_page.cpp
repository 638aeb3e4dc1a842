#include <fmt/format.h>

#include "embedded/server/files.hpp"
#include "server/html.hpp"
#include "server/pages.hpp"

namespace segurifai::server {
namespace {

struct Words {
    std::string_view code;
    std::string_view running;
    std::string_view title;
    std::string_view lead;
    std::string_view docs;
    std::string_view docs_says;
    std::string_view schema;
    std::string_view schema_says;
    std::string_view plans;
    std::string_view plans_says;
    std::string_view health;
    std::string_view health_says;
    std::string_view begin;
    std::string_view begin_says;
    std::string_view emergency;
};

constexpr Words kSpanish{
    "es",
    "En servicio",
    "Ayuda en camino, cuando se necesita",
    "SegurifAI x PAQ: asistencia vial, médica y protección de tarjetas en Guatemala. La gente "
    "compra su plan con la billetera PAQ, pide ayuda desde el teléfono y ve llegar a la unidad.",
    "Documentación de la API",
    "Todas las operaciones, con sus datos, permisos y respuestas",
    "OpenAPI 3.1",
    "El contrato para máquinas, hecho de las mismas rutas que lo sirven",
    "Planes",
    "Lo que se ofrece hoy, con precios y coberturas",
    "Estado",
    "Si el servidor y su base de datos responden",
    "Primeros pasos",
    "Con los datos de demostración cargados, las contraseñas están en el archivo "
    "demo-passwords.txt de la carpeta de datos. Así se inicia sesión:",
    "En una emergencia llame al 122, 123 o 1554."};

constexpr Words kEnglish{
    "en",
    "Running",
    "Help on its way, when it is needed",
    "SegurifAI x PAQ: roadside, medical and card assistance in Guatemala. People buy their plan "
    "with the PAQ wallet, ask for help from their phone and watch the unit come.",
    "API documentation",
    "Every operation with its data, permissions and answers",
    "OpenAPI 3.1",
    "The contract for machines, made from the routes that serve it",
    "Plans",
    "What is on offer today, with prices and cover",
    "Health",
    "Whether the server and its database answer",
    "First steps",
    "With the demonstration data loaded, the passwords are in the file demo-passwords.txt of the "
    "data folder. This is how to sign in:",
    "In an emergency call 122, 123 or 1554."};

std::string card(std::string_view link, std::string_view title, std::string_view says) {
    return fmt::format(R"(<a class="card" href="{}"><h2>{}</h2><p>{}</p></a>)", link,
                       escaped(title), escaped(says));
}

constexpr std::string_view kSignIn = R"(/api/auth/token/ \
  -H 'Content-Type: application/json' \
  -d '{"email":"miembro1@demo.segurifai.example","password":"…"}')";

}  // namespace

std::string_view style_sheet() noexcept {
    for (const EmbeddedFile& file : files::files())
        if (file.name == "site.css") return file.text;
    return {};
}

std::string start_page(http::Language language, std::string_view version, std::string_view base) {
    const Words& words = language == http::Language::kSpanish ? kSpanish : kEnglish;
    std::string page = fmt::format(
        R"(<!doctype html><html lang="{}"><head><meta charset="utf-8"><meta name="viewport" )"
        R"(content="width=device-width, initial-scale=1"><title>SegurifAI x PAQ</title>)"
        R"(<link rel="stylesheet" href="/assets/site.css"></head><body><header class="hero">)"
        R"(<div class="inner"><span class="badge">{} · {}</span><h1>{}</h1><p>{}</p></div></header>)"
        R"(<main class="plain"><div class="cards">)",
        words.code, escaped(words.running), escaped(version), escaped(words.title),
        escaped(words.lead));
    page += card("/api/docs/", words.docs, words.docs_says);
    page += card("/api/schema/", words.schema, words.schema_says);
    page += card("/api/services/plans/", words.plans, words.plans_says);
    page += card("/api/health/", words.health, words.health_says);
    page += fmt::format("</div><section><h2>{}</h2><p>{}</p><pre><code>{}</code></pre></section>",
                        escaped(words.begin), escaped(words.begin_says),
                        escaped(fmt::format("curl -s {}{}", base, kSignIn)));
    page += fmt::format("</main><footer>{}</footer></body></html>", escaped(words.emergency));
    return page;
}

}  // namespace segurifai::server
