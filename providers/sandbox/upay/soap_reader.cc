#include "providers/sandbox/upay/soap_reader.h"

#include <libxml/parser.h>
#include <libxml/tree.h>

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "providers/secret.h"

namespace payments::sandbox {
namespace {

// Element names are repeated in faults; a stranger chooses them.
constexpr size_t kNameShownBytesMax = 64;

struct DocumentDeleter {
  void operator()(xmlDoc* document) const { xmlFreeDoc(document); }
};
using Document = std::unique_ptr<xmlDoc, DocumentDeleter>;

absl::string_view Text(const xmlChar* text) {
  return text == nullptr ? absl::string_view() : reinterpret_cast<const char*>(text);
}

std::string Name(const xmlNode& node) {
  return absl::StrCat("<", Text(node.name).substr(0, kNameShownBytesMax), ">");
}

absl::string_view NamespaceOf(const xmlNode& node) {
  return node.ns == nullptr ? absl::string_view() : Text(node.ns->href);
}

bool Is(const xmlNode& node, absl::string_view ns, absl::string_view name) {
  return NamespaceOf(node) == ns && Text(node.name) == name;
}

absl::Status Malformed(absl::string_view what) { return absl::InvalidArgumentError(what); }

// The element children; anything else but white space and comments is an error.
absl::StatusOr<std::vector<const xmlNode*>> ElementsOf(const xmlNode& parent) {
  std::vector<const xmlNode*> elements;
  for (const xmlNode* child = parent.children; child != nullptr; child = child->next) {
    if (child->type == XML_ELEMENT_NODE) {
      elements.push_back(child);
    } else if (child->type == XML_COMMENT_NODE ||
               (child->type == XML_TEXT_NODE &&
                absl::StripAsciiWhitespace(Text(child->content)).empty())) {
      continue;
    } else {
      return Malformed(absl::StrCat("unexpected content in ", Name(parent)));
    }
  }
  return elements;
}

absl::StatusOr<const xmlNode*> OnlyElementOf(const xmlNode& parent) {
  auto elements = ElementsOf(parent);
  if (!elements.ok()) return elements.status();
  if (elements->size() != 1) {
    return Malformed(absl::StrCat(Name(parent), " must have exactly one child"));
  }
  return elements->front();
}

absl::StatusOr<std::string> LeafText(const xmlNode& leaf) {
  std::string text;
  for (const xmlNode* child = leaf.children; child != nullptr; child = child->next) {
    if (child->type != XML_TEXT_NODE && child->type != XML_CDATA_SECTION_NODE) {
      return Malformed(absl::StrCat(Name(leaf), " must hold text only"));
    }
    absl::StrAppend(&text, Text(child->content));
  }
  return text;
}

absl::StatusOr<const xmlNode*> FindWrapper(const xmlNode& root) {
  if (!Is(root, kEnvelopeNamespace, "Envelope")) {
    return Malformed("the root must be a SOAP 1.1 Envelope");
  }
  auto children = ElementsOf(root);
  if (!children.ok()) return children.status();
  size_t next = 0;
  if (!children->empty() && Is(*children->front(), kEnvelopeNamespace, "Header")) ++next;
  if (children->size() != next + 1 || !Is(*(*children)[next], kEnvelopeNamespace, "Body")) {
    return Malformed("the Envelope must hold an optional Header and one Body");
  }
  return OnlyElementOf(*(*children)[next]);
}

// Assigns the elements of the request to the method's fields, which must come in order.
absl::Status ReadFields(const xmlNode& request, SoapCall& call) {
  auto elements = ElementsOf(request);
  if (!elements.ok()) return elements.status();
  const absl::Span<const FieldRule> fields = call.rule().fields;
  size_t next = 0;
  for (const xmlNode* element : *elements) {
    if (element->ns != nullptr) {
      return Malformed(absl::StrCat(Name(*element), " must be in no namespace"));
    }
    while (next < fields.size() && Text(element->name) != fields[next].name) ++next;
    if (next == fields.size()) {
      return Malformed(absl::StrCat(Name(*element), " is unknown, repeated or out of order"));
    }
    auto text = LeafText(*element);
    if (!text.ok()) return text.status();
    call.Set(next++, *std::move(text));
  }
  return absl::OkStatus();
}

}  // namespace

SoapCall::~SoapCall() {
  for (std::string& value : values_) WipeString(value);
}

absl::string_view SoapCall::Get(absl::string_view field) const {
  for (size_t i = 0; i < values_.size(); ++i) {
    if (field == rule_->fields[i].name) return values_[i];
  }
  return {};
}

absl::StatusOr<SoapCall> ReadSoapCall(absl::string_view body) {
  const Document document(xmlReadMemory(body.data(), static_cast<int>(body.size()), nullptr,
                                        nullptr,
                                        XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING));
  if (document == nullptr) return Malformed("not well-formed XML");
  if (document->intSubset != nullptr) return Malformed("a document type is not allowed");
  const xmlNode* root = xmlDocGetRootElement(document.get());
  if (root == nullptr) return Malformed("no root element");

  auto wrapper = FindWrapper(*root);
  if (!wrapper.ok()) return wrapper.status();
  const MethodRule* rule = FindMethodRule(Text((*wrapper)->name));
  if (rule == nullptr) return Malformed(absl::StrCat(Name(**wrapper), " is no operation"));
  if (NamespaceOf(**wrapper) != kServiceNamespace) {
    return Malformed(absl::StrCat(Name(**wrapper), " must be in ", kServiceNamespace));
  }
  auto request = OnlyElementOf(**wrapper);
  if (!request.ok()) return request.status();
  if (!Is(**request, "", absl::StrCat(rule->operation, "Request"))) {
    return Malformed(
        absl::StrCat(Name(**request), " must be ", rule->operation, "Request in no namespace"));
  }
  SoapCall call(rule);
  if (absl::Status status = ReadFields(**request, call); !status.ok()) return status;
  return call;
}

}  // namespace payments::sandbox
