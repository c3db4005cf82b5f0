#include "providers/sandbox/upay/upay_magic.h"

#include <array>

#include "providers/sandbox/upay/soap_writer.h"

namespace payments::sandbox {
namespace {

constexpr v1::Method kCreate = v1::METHOD_HOLD_CREATE;
constexpr v1::Method kCapture = v1::METHOD_HOLD_PAYMENT;
constexpr v1::Method kCheck = v1::METHOD_HOLD_CHECK;
constexpr v1::Method kCancel = v1::METHOD_HOLD_CANCEL;

// docs/sandbox.md shows this table to people.
constexpr std::array kMagicAmounts = {
    MagicAmount{1, kCreate, false, "kind: FAULT_KIND_BUSINESS_ERROR code: 'STPIMS-ERR-112'"},
    MagicAmount{2, kCreate, false,
                "kind: FAULT_KIND_IN_PROCESS resolve_after { nanos: 500000000 }"},
    MagicAmount{3, kCreate, false, "kind: FAULT_KIND_BUSINESS_ERROR code: 'ERROR'"},
    MagicAmount{4, kCreate, false, "kind: FAULT_KIND_APPLY_THEN_DROP"},
    MagicAmount{5, kCreate, false, "kind: FAULT_KIND_DROP_BEFORE_APPLY"},
    MagicAmount{6, kCreate, false,
                "kind: FAULT_KIND_IN_PROCESS resolve_after { nanos: 500000000 } "
                "resolve_as_failed: true"},
    MagicAmount{7, kCreate, false, "kind: FAULT_KIND_BUSINESS_ERROR code: 'STPIMS-ERR-001'"},
    MagicAmount{8, kCreate, false, "kind: FAULT_KIND_SOAP_FAULT"},
    MagicAmount{9, kCreate, false, "kind: FAULT_KIND_GARBAGE apply_first: true"},
    MagicAmount{10, kCreate, false, "kind: FAULT_KIND_HTTP_STATUS http_status: 503"},
    MagicAmount{11, kCreate, false, "kind: FAULT_KIND_EMPTY_RETURN apply_first: true"},
    MagicAmount{12, kCreate, false,
                "kind: FAULT_KIND_IN_PROCESS resolve_after { nanos: 500000000 } "
                "omit_hold_id: true"},
    MagicAmount{13, kCreate, false, "kind: FAULT_KIND_IN_PROCESS"},
    MagicAmount{14, kCreate, false, "delay { seconds: 30 }"},

    MagicAmount{21, kCapture, false, "kind: FAULT_KIND_BUSINESS_ERROR code: 'ERROR'"},
    MagicAmount{22, kCapture, true, "kind: FAULT_KIND_APPLY_THEN_DROP"},
    MagicAmount{23, kCapture, true, "kind: FAULT_KIND_DROP_BEFORE_APPLY"},
    MagicAmount{24, kCapture, true,
                "kind: FAULT_KIND_IN_PROCESS resolve_after { nanos: 500000000 }"},
    MagicAmount{25, kCapture, false, "kind: FAULT_KIND_WRONG_AMOUNT"},
    MagicAmount{26, kCapture, true, "kind: FAULT_KIND_BUSINESS_ERROR code: 'STPIMS-ERR-001'"},
    MagicAmount{27, kCapture, true,
                "kind: FAULT_KIND_IN_PROCESS resolve_after { nanos: 500000000 } "
                "resolve_as_failed: true"},

    MagicAmount{31, kCancel, false, "kind: FAULT_KIND_BUSINESS_ERROR code: 'ERROR'"},
    MagicAmount{32, kCancel, true, "kind: FAULT_KIND_APPLY_THEN_DROP"},
    MagicAmount{33, kCancel, true, "kind: FAULT_KIND_DROP_BEFORE_APPLY"},

    MagicAmount{41, kCheck, false, "kind: FAULT_KIND_BUSINESS_ERROR code: 'STPIMS-ERR-001'"},
    MagicAmount{42, kCheck, false, "kind: FAULT_KIND_WRONG_AMOUNT"},
};

constexpr std::array kMagicCallbacks = {
    MagicCallback{51, "kind: CALLBACK_KIND_NONE"},
    MagicCallback{52, "kind: CALLBACK_KIND_DUPLICATE copies: 2"},
    MagicCallback{53, "kind: CALLBACK_KIND_LATE delay { seconds: 2 }"},
    MagicCallback{54, "kind: CALLBACK_KIND_EARLY"},
    MagicCallback{55, "kind: CALLBACK_KIND_FORGED_TOKEN"},
    MagicCallback{56, "kind: CALLBACK_KIND_FORGED_STATUS"},
    MagicCallback{57, "encoding: CALLBACK_ENCODING_FORM"},
    MagicCallback{58, "encoding: CALLBACK_ENCODING_JSON_WRONG_CONTENT_TYPE"},
    MagicCallback{59, "encoding: CALLBACK_ENCODING_JSON_STRINGS"},
};

constexpr std::array kMagicCards = {
    MagicCard{"0001", kCodeInternal},
    MagicCard{"0004", kCodeCardNotFound},
    MagicCard{"0067", kCodeWrongCard},
    MagicCard{"0133", kCodeCardAlreadyBound},
};

}  // namespace

absl::Span<const MagicAmount> UpayMagicAmounts() { return kMagicAmounts; }
absl::Span<const MagicCallback> UpayMagicCallbacks() { return kMagicCallbacks; }
absl::Span<const MagicCard> UpayMagicCards() { return kMagicCards; }

}  // namespace payments::sandbox
