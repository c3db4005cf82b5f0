#include "providers/sandbox/epay/epay_magic.h"

#include <array>

namespace payments::sandbox {
namespace {

constexpr v1::Method kToken = v1::METHOD_EPAY_TOKEN;
constexpr v1::Method kTransfer = v1::METHOD_EPAY_TRANSFER;
constexpr v1::Method kConfirm = v1::METHOD_EPAY_CONFIRM;
constexpr v1::Method kStatus = v1::METHOD_EPAY_STATUS;

constexpr char kAsksForThreeDSecure[] = "kind: FAULT_KIND_THREE_D_SECURE";

// docs/sandbox.md shows this table to people.
constexpr std::array kMagicAmounts = {
    MagicAmount{1, kTransfer, false, "kind: FAULT_KIND_BUSINESS_ERROR code: '484'"},
    MagicAmount{2, kTransfer, false,
                "kind: FAULT_KIND_IN_PROCESS resolve_after { nanos: 500000000 }"},
    MagicAmount{3, kTransfer, false, "kind: FAULT_KIND_BUSINESS_ERROR code: '487'"},
    MagicAmount{4, kTransfer, false, "kind: FAULT_KIND_APPLY_THEN_DROP"},
    MagicAmount{5, kTransfer, false, "kind: FAULT_KIND_DROP_BEFORE_APPLY"},
    MagicAmount{6, kTransfer, false,
                "kind: FAULT_KIND_IN_PROCESS resolve_after { nanos: 500000000 } "
                "resolve_as_failed: true"},
    MagicAmount{7, kTransfer, false,
                "kind: FAULT_KIND_BUSINESS_ERROR code: '460' apply_first: true"},
    MagicAmount{8, kTransfer, false, "kind: FAULT_KIND_SOAP_FAULT"},
    MagicAmount{9, kTransfer, false, "kind: FAULT_KIND_GARBAGE apply_first: true"},
    MagicAmount{10, kTransfer, false, "kind: FAULT_KIND_HTTP_STATUS http_status: 503"},
    MagicAmount{11, kTransfer, false, "kind: FAULT_KIND_EMPTY_RETURN apply_first: true"},
    MagicAmount{12, kTransfer, false, "other_spelling: true"},
    MagicAmount{13, kTransfer, false, "kind: FAULT_KIND_IN_PROCESS"},
    MagicAmount{14, kTransfer, false, "delay { seconds: 30 }"},
    MagicAmount{15, kTransfer, true, "kind: FAULT_KIND_HTTP_STATUS http_status: 401"},
    MagicAmount{16, kTransfer, false, "kind: FAULT_KIND_WRONG_AMOUNT"},
    MagicAmount{17, kTransfer, false, "kind: FAULT_KIND_BUSINESS_ERROR code: '458'"},
    MagicAmount{18, kTransfer, false, "kind: FAULT_KIND_BUSINESS_ERROR code: '9999'"},
    MagicAmount{19, kTransfer, false, "kind: FAULT_KIND_ENTITY_BOMB apply_first: true"},

    MagicAmount{21, kTransfer, false, kAsksForThreeDSecure},
    MagicAmount{22, kTransfer, false, "kind: FAULT_KIND_THREE_D_SECURE other_spelling: true"},
    MagicAmount{23, kTransfer, false, kAsksForThreeDSecure},
    MagicAmount{23, kConfirm, true, "kind: FAULT_KIND_APPLY_THEN_DROP"},
    MagicAmount{24, kTransfer, false, kAsksForThreeDSecure},
    MagicAmount{24, kConfirm, true, "kind: FAULT_KIND_DROP_BEFORE_APPLY"},
    MagicAmount{25, kTransfer, false, kAsksForThreeDSecure},
    MagicAmount{25, kConfirm, false, "other_spelling: true"},
    MagicAmount{26, kTransfer, false, kAsksForThreeDSecure},
    MagicAmount{26, kConfirm, false, "kind: FAULT_KIND_BUSINESS_ERROR code: '484'"},
    MagicAmount{27, kTransfer, false, "kind: FAULT_KIND_THREE_D_SECURE omit_action: true"},
    MagicAmount{28, kTransfer, false, kAsksForThreeDSecure},
    MagicAmount{28, kConfirm, false,
                "kind: FAULT_KIND_IN_PROCESS resolve_after { nanos: 500000000 }"},

    MagicAmount{41, kStatus, false, "kind: FAULT_KIND_HTTP_STATUS http_status: 500"},
    MagicAmount{42, kStatus, false, "kind: FAULT_KIND_WRONG_AMOUNT"},
    MagicAmount{43, kStatus, false, "other_spelling: true"},
    MagicAmount{44, kStatus, true, "kind: FAULT_KIND_BUSINESS_ERROR code: '102'"},
    MagicAmount{45, kStatus, false, "kind: FAULT_KIND_BUSINESS_ERROR code: '104'"},
    MagicAmount{46, kStatus, false, "status_name: 'SOMETHING_NEW'"},
    MagicAmount{47, kStatus, false, "status_name: 'REFUND'"},

    MagicAmount{61, kToken, false, "kind: FAULT_KIND_BUSINESS_ERROR code: 'invalid_client'"},
    MagicAmount{62, kToken, false, "kind: FAULT_KIND_HTTP_STATUS http_status: 503"},
    MagicAmount{63, kToken, false, "other_spelling: true"},
    MagicAmount{64, kToken, false, "kind: FAULT_KIND_DROP_BEFORE_APPLY"},
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

}  // namespace

absl::Span<const MagicAmount> EpayMagicAmounts() { return kMagicAmounts; }
absl::Span<const MagicCallback> EpayMagicCallbacks() { return kMagicCallbacks; }

}  // namespace payments::sandbox
