#include "apps/assistance/timeline_sentences.hpp"

#include <array>

#include "apps/assistance/json_members.hpp"

namespace segurifai::assistance {
namespace {

struct Sentence {
    UpdateType type = UpdateType::kNote;
    std::string_view spanish;  ///< as it is stored
    std::string_view english;
    std::string_view kind = {};  ///< of a note: `kind` of its metadata
};

// Whoever lets the platform say something new adds its line. None has parts that vary: those would
// stand in the metadata, and the text be made of them here.
constexpr auto kSentences = std::to_array<Sentence>({
    {UpdateType::kStatusChange, "Recibimos la solicitud.", "We received the request."},
    {UpdateType::kStatusChange, "Buscamos otra unidad.", "We are looking for another unit."},
    {UpdateType::kStatusChange, "Una unidad tomó la solicitud.", "A unit took the request."},
    {UpdateType::kStatusChange, "El servicio comenzó.", "The service began."},
    {UpdateType::kStatusChange, "El servicio terminó.", "The service ended."},
    {UpdateType::kStatusChange, "La solicitud fue cancelada.", "The request was cancelled."},
    {UpdateType::kLocationUpdate, "La unidad va en camino.", "The unit is on its way."},
    {UpdateType::kLocationUpdate, "La unidad está por llegar.", "The unit is about to arrive."},
    {UpdateType::kLocationUpdate, "La unidad llegó.", "The unit arrived."},
    {UpdateType::kLocationUpdate, "Ya le estamos atendiendo.", "You are being attended to."},
    {UpdateType::kDocument, "Se recibió un documento.", "A document was received."},
    {UpdateType::kNote, "Ninguna unidad tomó la solicitud. Pasa a la cola de operaciones.",
     "No unit took the request. It goes to the operators' queue.", "dispatch.queue"},
    {UpdateType::kNote,
     "La unidad dijo que llegó a más de 500 m del lugar, o desde un lugar desconocido.",
     "The unit said that it arrived more than 500 m from the place, or from an unknown place.",
     "arrival.in_doubt"},
});

/// Empty for any other line than a note.
std::string_view kind_of(const RequestUpdate& line) noexcept {
    return line.update_type == UpdateType::kNote ? text_of(line.metadata.text, "kind")
                                                 : std::string_view();
}

}  // namespace

std::string_view message_in(http::Language language, const RequestUpdate& line) noexcept {
    const bool is_note = line.update_type == UpdateType::kNote;
    if (language == http::Language::kSpanish || (is_note && line.user_id)) return line.message;
    const std::string_view kind = kind_of(line);
    for (const Sentence& sentence : kSentences)
        if (sentence.type == line.update_type && sentence.kind == kind &&
            sentence.spanish == line.message)
            return sentence.english;
    return line.message;
}

}  // namespace segurifai::assistance
