#include "providers/upay/soap_response.h"

#include <libxml/parser.h>
#include <libxml/tree.h>

#include <array>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "providers/upay/text.h"

namespace payments::upay {
namespace {

constexpr size_t kReferenceSizeMaxBytes = 128;
constexpr size_t kCardTokenSizeMaxBytes = 256;
constexpr size_t kUrlSizeMaxBytes = 4096;

struct FreeParser {
  void operator()(xmlParserCtxt* parser) const { xmlFreeParserCtxt(parser); }
};
struct FreeDocument {
  void operator()(xmlDoc* document) const { xmlFreeDoc(document); }
};
using Document = std::unique_ptr<xmlDoc, FreeDocument>;

absl::Status Unreadable(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("unreadable answer: ", why));
}

// Called at "<!DOCTYPE", before the declaration's content is looked at.
void RefuseDocumentType(void* parser, const xmlChar* /*name*/, const xmlChar* /*external_id*/,
                        const xmlChar* /*system_id*/) {
  xmlStopParser(static_cast<xmlParserCtxt*>(parser));
}

absl::StatusOr<Document> Parse(absl::string_view body) {
  if (body.size() > kResponseSizeMaxBytes) {
    return Unreadable(absl::StrCat("larger than ", kResponseSizeMaxBytes, " bytes"));
  }
  if (!IsXmlText(body)) return Unreadable("not UTF-8, or with control characters");
  const std::unique_ptr<xmlParserCtxt, FreeParser> parser(xmlNewParserCtxt());
  if (parser == nullptr) return Unreadable("no memory for a parser");
  parser->sax->internalSubset = RefuseDocumentType;
  // No XML_PARSE_NOENT, _DTDLOAD or _HUGE. NOERROR and NOWARNING: libxml2 prints to stderr
  // otherwise, quoting the document. IGNORE_ENC: the bytes are UTF-8, as was just seen,
  // and a declaration that says otherwise is wrong.
  constexpr int kOptions =
      XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_IGNORE_ENC;
  Document document(xmlCtxtReadMemory(parser.get(), body.data(), static_cast<int>(body.size()),
                                      /*URL=*/nullptr, /*encoding=*/nullptr, kOptions));
  if (document == nullptr || parser->disableSAX != 0) return Unreadable("not well-formed XML");
  return document;
}

// Without a prefix, also where the prefix was never declared and so is part of the name.
absl::string_view LocalName(const xmlNode& node) {
  const absl::string_view name(reinterpret_cast<const char*>(node.name));
  const size_t colon = name.rfind(':');
  return colon == absl::string_view::npos ? name : name.substr(colon + 1);
}

const xmlNode* FirstElement(const xmlNode* node) {
  while (node != nullptr && node->type != XML_ELEMENT_NODE) node = node->next;
  return node;
}

// The only child of that name: nullptr if there is none, an error if there are several.
absl::StatusOr<const xmlNode*> OnlyChild(const xmlNode& parent, absl::string_view name) {
  const xmlNode* found = nullptr;
  for (const xmlNode* child = FirstElement(parent.children); child != nullptr;
       child = FirstElement(child->next)) {
    if (LocalName(*child) != name) continue;
    if (found != nullptr) return Unreadable(absl::StrCat("more than one ", name));
    found = child;
  }
  return found;
}

// The text of the only child of that name; empty if there is none. An error if it
// holds elements, for then it is not the field we know.
absl::StatusOr<std::string> ChildText(const xmlNode& parent, absl::string_view name,
                                      size_t size_max) {
  const absl::StatusOr<const xmlNode*> child = OnlyChild(parent, name);
  if (!child.ok()) return child.status();
  std::string text;
  if (*child == nullptr) return text;
  for (const xmlNode* part = (*child)->children; part != nullptr; part = part->next) {
    if (part->type == XML_TEXT_NODE || part->type == XML_CDATA_SECTION_NODE) {
      absl::StrAppend(&text, reinterpret_cast<const char*>(part->content));
    } else if (part->type != XML_COMMENT_NODE && part->type != XML_PI_NODE) {
      return Unreadable(absl::StrCat(name, " is not plain text"));
    }
  }
  absl::StripAsciiWhitespace(&text);
  if (text.size() > size_max) {
    return Unreadable(absl::StrCat(name, " is longer than ", size_max, " bytes"));
  }
  return text;
}

struct FieldSpec {
  const char* name;
  std::string SoapAnswer::*member;
  size_t size_max_bytes;
};

constexpr std::array<FieldSpec, 7> kFields = {{
    {"Pan", &SoapAnswer::pan, kReferenceSizeMaxBytes},
    {"ConfirmUrl", &SoapAnswer::confirm_url, kUrlSizeMaxBytes},
    {"HoldId", &SoapAnswer::hold_id, kReferenceSizeMaxBytes},
    {"TransactionId", &SoapAnswer::transaction_id, kReferenceSizeMaxBytes},
    {"ProcessTrxId", &SoapAnswer::process_trx_id, kReferenceSizeMaxBytes},
    {"PartnerTrxId", &SoapAnswer::partner_trx_id, kReferenceSizeMaxBytes},
    {"PaymentAmount", &SoapAnswer::payment_amount, kReferenceSizeMaxBytes},
}};

absl::Status ReadField(const xmlNode& parent, absl::string_view name, size_t size_max,
                       std::string& out) {
  absl::StatusOr<std::string> text = ChildText(parent, name, size_max);
  if (!text.ok()) return text.status();
  out = *std::move(text);
  return absl::OkStatus();
}

absl::StatusOr<SoapAnswer> ReadReturn(const xmlNode& node) {
  SoapAnswer answer;
  const absl::StatusOr<const xmlNode*> result = OnlyChild(node, "Result");
  absl::Status status = result.status();
  if (status.ok() && *result != nullptr) {
    status.Update(ReadField(**result, "code", kResponseSizeMaxBytes, answer.code));
    status.Update(ReadField(**result, "Description", kResponseSizeMaxBytes, answer.description));
  }
  for (const FieldSpec& field : kFields) {
    status.Update(ReadField(node, field.name, field.size_max_bytes, answer.*field.member));
  }
  std::string card_token;
  status.Update(ReadField(node, "CardToken", kCardTokenSizeMaxBytes, card_token));
  answer.card_token = Secret(std::move(card_token));
  if (!status.ok()) return status;
  return answer;
}

// A fault that cannot be read in full is a fault all the same.
SoapFault ReadFault(const xmlNode& node) {
  return SoapFault{.code = ChildText(node, "faultcode", kResponseSizeMaxBytes).value_or(""),
                   .text = ChildText(node, "faultstring", kResponseSizeMaxBytes).value_or("")};
}

}  // namespace

absl::StatusOr<std::variant<SoapAnswer, SoapFault>> ReadSoapResponse(absl::string_view body) {
  const absl::StatusOr<Document> document = Parse(body);
  if (!document.ok()) return document.status();
  const xmlNode* envelope = xmlDocGetRootElement(document->get());
  if (envelope == nullptr || LocalName(*envelope) != "Envelope") return Unreadable("not SOAP");
  const absl::StatusOr<const xmlNode*> soap_body = OnlyChild(*envelope, "Body");
  if (!soap_body.ok()) return soap_body.status();
  if (*soap_body == nullptr) return Unreadable("no Body");
  const xmlNode* content = FirstElement((*soap_body)->children);
  if (content == nullptr) return Unreadable("an empty Body");
  if (LocalName(*content) == "Fault") return ReadFault(*content);
  const absl::StatusOr<const xmlNode*> result = OnlyChild(*content, "return");
  if (!result.ok()) return result.status();
  if (*result == nullptr) return Unreadable("no return");
  absl::StatusOr<SoapAnswer> answer = ReadReturn(**result);
  if (!answer.ok()) return answer.status();
  return *std::move(answer);
}

}  // namespace payments::upay
