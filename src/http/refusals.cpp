#include "http/refusals.hpp"

#include <algorithm>
#include <array>

namespace segurifai::http {

namespace {

using enum Refusal;

constexpr std::array kTexts{
    RefusalMeaning{kParseError, 400, "parse_error", "La solicitud no se puede leer.",
                   "The request cannot be read."},
    RefusalMeaning{kIdempotencyKeyRequired, 400, "idempotency_key_required",
                   "Falta el encabezado Idempotency-Key: de 1 a 255 caracteres ASCII visibles.",
                   "The header Idempotency-Key is missing: 1 to 255 visible ASCII characters."},
    RefusalMeaning{kNotAuthenticated, 401, "not_authenticated", "Inicie sesión para continuar.",
                   "Sign in to continue."},
    RefusalMeaning{kTokenNotValid, 401, "token_not_valid", "La sesión no es válida o ha terminado.",
                   "The session is not valid or has ended."},
    RefusalMeaning{kAuthenticationFailed, 401, "authentication_failed",
                   "Los datos de acceso no son correctos.", "These credentials are not correct."},
    RefusalMeaning{kPermissionDenied, 403, "permission_denied", "Su cuenta no puede hacer esto.",
                   "Your account may not do this."},
    RefusalMeaning{kScopeRequired, 403, "scope_required",
                   "Esto necesita un permiso que usted no tiene.",
                   "This needs a scope that you do not have."},
    RefusalMeaning{kMfaRequired, 403, "mfa_required",
                   "Active primero el segundo factor de su cuenta.",
                   "Set up the second factor of your account first."},
    RefusalMeaning{kProviderNotActive, 403, "provider_not_active",
                   "La unidad todavía no está activa.", "The unit is not active."},
    RefusalMeaning{kNotFound, 404, "not_found", "No se encontró.", "Not found."},
    RefusalMeaning{kMethodNotAllowed, 405, "method_not_allowed", "Este método no se permite aquí.",
                   "This method is not allowed here."},
    RefusalMeaning{kNotAcceptable, 406, "not_acceptable",
                   "No hay una respuesta en un formato que usted acepte.",
                   "There is no answer in a format that you accept."},
    RefusalMeaning{kPayloadTooLarge, 413, "payload_too_large", "El contenido es demasiado grande.",
                   "The content is too large."},
    RefusalMeaning{kUnsupportedMediaType, 415, "unsupported_media_type",
                   "El contenido no viene en un formato que se acepte aquí.",
                   "The content is not in a format that is accepted here."},
    RefusalMeaning{kPreconditionFailed, 412, "precondition_failed",
                   "Otra persona lo cambió: véalo de nuevo antes de guardar.",
                   "Somebody else has changed it: look at it again before you save."},
    RefusalMeaning{kPreconditionRequired, 428, "precondition_required",
                   "Falta el encabezado If-Match con la versión que usted vio.",
                   "The header If-Match with the version that you saw is missing."},
    RefusalMeaning{kInvalidTransition, 409, "invalid_transition",
                   "El estado actual no permite este paso.",
                   "The present state does not allow this."},
    RefusalMeaning{kOfferClosed, 409, "offer_closed", "La oferta ya está cerrada.",
                   "The offer is closed."},
    RefusalMeaning{kAlreadyAssigned, 409, "already_assigned", "Ya se asignó a otra unidad.",
                   "It has been assigned to another unit."},
    RefusalMeaning{kUnitBusy, 409, "unit_busy", "La unidad está atendiendo otra solicitud.",
                   "The unit is busy with another request."},
    RefusalMeaning{kDuplicateOpenRequest, 409, "duplicate_open_request",
                   "Ya tiene una solicitud abierta de este servicio.",
                   "There is an open request for this service."},
    RefusalMeaning{kOpenRequest, 409, "open_request", "Hay una solicitud abierta.",
                   "There is an open request."},
    RefusalMeaning{kPaymentPending, 409, "payment_pending", "Hay un pago pendiente.",
                   "A payment is pending."},
    RefusalMeaning{kPhoneTaken, 409, "phone_taken", "Otra cuenta usa este número de teléfono.",
                   "Another account uses this phone number."},
    RefusalMeaning{kProtected, 409, "protected",
                   "Otros datos dependen de este: no se puede eliminar.",
                   "Other rows depend on this one: it cannot be removed."},
    RefusalMeaning{kAlreadyDecided, 409, "already_decided", "Ya se decidió.",
                   "It has been decided."},
    RefusalMeaning{kAlreadyDone, 409, "already_done", "Ya se hizo.", "It has been done."},
    RefusalMeaning{kIdempotencyInProgress, 409, "idempotency_in_progress",
                   "La misma solicitud todavía se está atendiendo.",
                   "The same request is still being answered.", 1},
    RefusalMeaning{kNotCovered, 422, "not_covered", "El servicio no está cubierto por su plan.",
                   "The service is not covered by the plan."},
    RefusalMeaning{kQuotaExceeded, 422, "quota_exceeded",
                   "Se alcanzó el límite de usos de este servicio.",
                   "The limit of uses of this service has been reached."},
    RefusalMeaning{kVehicleNotCovered, 422, "vehicle_not_covered",
                   "Este tipo de vehículo no está cubierto.",
                   "This kind of vehicle is not covered."},
    RefusalMeaning{kNoticeTooShort, 422, "notice_too_short",
                   "Este servicio se pide con más anticipación.",
                   "This service is asked for longer in advance."},
    RefusalMeaning{kLocationRequired, 422, "location_required", "Indique dónde se necesita.",
                   "Say where it is needed."},
    RefusalMeaning{kOutsideArea, 422, "outside_area", "El lugar está fuera del área de servicio.",
                   "The place is outside the area of service."},
    RefusalMeaning{kPhoneNotVerified, 422, "phone_not_verified",
                   "Confirme primero su número de teléfono.", "Confirm your phone number first."},
    RefusalMeaning{kCodeInvalid, 422, "code_invalid", "El código no es correcto o ya venció.",
                   "The code is not correct or has expired."},
    RefusalMeaning{kEvidenceMissing, 422, "evidence_missing", "Falta la evidencia del servicio.",
                   "The evidence of the service is missing."},
    RefusalMeaning{kImageUnreadable, 422, "image_unreadable", "La imagen no se puede leer.",
                   "The image cannot be read."},
    RefusalMeaning{kNotArrived, 422, "not_arrived", "La unidad todavía no está en el lugar.",
                   "The unit is not at the place."},
    RefusalMeaning{kIdempotencyKeyReused, 422, "idempotency_key_reused",
                   "Este Idempotency-Key ya se usó con otro contenido.",
                   "This Idempotency-Key was used with another body."},
    RefusalMeaning{kThrottled, 429, "throttled", "Demasiadas solicitudes: espere un momento.",
                   "Too many requests: wait a moment.", 1},
    RefusalMeaning{kTooManyAttempts, 429, "too_many_attempts",
                   "Demasiados intentos: espere antes de probar otra vez.",
                   "Too many attempts: wait before you try again.", 60},
    RefusalMeaning{kArchiveDamaged, 503, "archive_damaged",
                   "Una parte del archivo está dañada: hay que recuperarla de una copia de "
                   "respaldo.",
                   "A part of the archive is damaged: it has to be brought back from a backup.",
                   3'600},
    RefusalMeaning{kServiceUnavailable, 503, "service_unavailable",
                   "El servicio no está disponible en este momento: pruebe de nuevo.",
                   "The service is not available at this moment: try again.", 1},
    RefusalMeaning{kInsufficientStorage, 507, "insufficient_storage",
                   "No hay espacio para guardar esto.", "There is no room to store this.", 60},
};

constexpr bool is_in_order() {
    for (std::size_t i = 0; i < kTexts.size(); ++i)
        if (static_cast<std::size_t>(kTexts[i].refusal) != i) return false;
    return kTexts.size() == static_cast<std::size_t>(kInsufficientStorage) + 1;
}
static_assert(is_in_order(), "one text for each refusal, in the order of the enumeration");

}  // namespace

const RefusalMeaning& meaning_of(Refusal refusal) noexcept {
    return kTexts[static_cast<std::size_t>(refusal)];
}

std::span<const RefusalMeaning> refusal_meanings() noexcept {
    return kTexts;
}

const RefusalMeaning* find_refusal(std::string_view code) noexcept {
    const auto* found = std::ranges::find(kTexts, code, &RefusalMeaning::code);
    return found == kTexts.end() ? nullptr : found;
}

const RefusalMeaning* meaning_of(const Error& error) noexcept {
    if (error.refusal) return &meaning_of(*error.refusal);
    switch (error.code) {
        case Code::kNotFound: return &meaning_of(kNotFound);
        case Code::kBusy:
        case Code::kTimeout:
        case Code::kGone:
        case Code::kReadOnly:
        case Code::kSerialization: return &meaning_of(kServiceUnavailable);
        case Code::kDiskFull: return &meaning_of(kInsufficientStorage);
        default: return nullptr;
    }
}

bool is_of_fields(const Error& error) noexcept {
    if (error.refusal) return false;
    return error.code == Code::kInvalid || error.code == Code::kUniqueViolation ||
           error.code == Code::kForeignKeyViolation;
}

}  // namespace segurifai::http
