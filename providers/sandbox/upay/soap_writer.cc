#include "providers/sandbox/upay/soap_writer.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "providers/sandbox/html_page.h"

namespace payments::sandbox {
namespace {

struct Description {
  const char* code;
  const char* ru;
  const char* uz;
  const char* en;
};

constexpr std::array kDescriptions = {
    Description{kCodeOk, "Успешно", "Muvaffaqiyatli", "Success"},
    Description{kCodeError, "Ошибка в запросе", "So'rovda xatolik", "Error in the request"},
    Description{kCodeInternal, "Внутренняя ошибка", "Ichki xatolik", "Internal error"},
    Description{kCodeCardNotFound, "Карта не найдена", "Karta topilmadi", "Card not found"},
    Description{kCodeWrongParameters, "Неверные параметры", "Noto'g'ri parametrlar",
                "Wrong parameters"},
    Description{kCodeInProcess, "Оплата в процессе", "To'lov jarayonda", "Payment in process"},
    Description{kCodeWrongCard, "Неверная карта", "Noto'g'ri karta", "Wrong card"},
    Description{kCodeClosed, "Транзакция уже закрыта", "Tranzaksiya yopilgan",
                "Transaction already closed"},
    Description{kCodeInsufficientFunds, "Недостаточно средств", "Mablag' yetarli emas",
                "Insufficient funds"},
    Description{kCodeCardAlreadyBound, "Карта уже привязана", "Karta avval bog'langan",
                "Card already bound"},
};

constexpr char kProlog[] = "<?xml version='1.0' encoding='UTF-8'?>";

std::string Envelope(absl::string_view body) {
  return absl::StrCat("<S:Envelope xmlns:S=\"", kEnvelopeNamespace, "\"><S:Body>", body,
                      "</S:Body></S:Envelope>");
}

std::string Wrapped(const MethodRule& rule, absl::string_view inner) {
  return Envelope(absl::StrCat("<ns2:", rule.operation, "Response xmlns:ns2=\"", kServiceNamespace,
                               "\">", inner, "</ns2:", rule.operation, "Response>"));
}

}  // namespace

std::string DescriptionOf(absl::string_view code, absl::string_view language) {
  for (const Description& description : kDescriptions) {
    if (code != description.code) continue;
    if (language == "uz") return description.uz;
    return language == "en" ? description.en : description.ru;
  }
  return DescriptionOf(kCodeError, language);
}

std::string WriteResponse(const MethodRule& rule, const SoapResult& result) {
  std::string inner =
      absl::StrCat("<return><Result><code>", EscapeMarkup(result.code), "</code><Description>",
                   EscapeMarkup(result.description), "</Description><ServerTime>",
                   result.server_time_ms, "</ServerTime></Result>");
  for (const auto& [name, value] : result.fields) {
    absl::StrAppend(&inner, "<", name, ">", EscapeMarkup(value), "</", name, ">");
  }
  absl::StrAppend(&inner, "</return>");
  return absl::StrCat(kProlog, Wrapped(rule, inner));
}

std::string WriteFault(absl::string_view reason) {
  return absl::StrCat(kProlog,
                      Envelope(absl::StrCat("<S:Fault><faultcode>S:Client</faultcode><faultstring>",
                                            EscapeMarkup(reason), "</faultstring></S:Fault>")));
}

std::string WriteEmptyReturn(const MethodRule& rule) {
  return absl::StrCat(kProlog, Wrapped(rule, "<return/>"));
}

std::string WriteWithoutReturn(const MethodRule& rule) {
  return absl::StrCat(kProlog, Wrapped(rule, ""));
}

std::string WriteEntityBomb(const MethodRule& rule) {
  constexpr int kLevels = 9;
  constexpr int kReferences = 10;
  std::string type = "<!DOCTYPE bomb [<!ENTITY e0 \"ha\">";
  for (int level = 1; level <= kLevels; ++level) {
    absl::StrAppend(&type, "<!ENTITY e", level, " \"");
    for (int i = 0; i < kReferences; ++i) absl::StrAppend(&type, "&e", level - 1, ";");
    absl::StrAppend(&type, "\">");
  }
  absl::StrAppend(&type, "]>");
  return absl::StrCat(kProlog, type,
                      Wrapped(rule, absl::StrCat("<return><Result><code>OK</code><Description>&e",
                                                 kLevels, ";</Description></Result></return>")));
}

HugeBody WriteHugeAnswer(const MethodRule& rule, size_t bytes) {
  HugeBody huge;
  huge.head = absl::StrCat(kProlog, "<!--");
  huge.filler_bytes = bytes;
  huge.tail =
      absl::StrCat("-->", Wrapped(rule, "<return><Result><code>OK</code></Result></return>"));
  return huge;
}

}  // namespace payments::sandbox
