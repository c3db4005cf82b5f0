#ifndef PAYMENTS_TESTS_SUPPORT_PROTO_MATCHERS_H_
#define PAYMENTS_TESTS_SUPPORT_PROTO_MATCHERS_H_

#include <string>

#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"

namespace payments {

// Field by field; says which ones differ.
MATCHER_P(EqualsProto, expected, "equals\n" + expected.DebugString()) {
  std::string differences;
  google::protobuf::util::MessageDifferencer differencer;
  differencer.ReportDifferencesToString(&differences);
  const bool equal = differencer.Compare(expected, arg);
  *result_listener << "\n" << differences;
  return equal;
}

}  // namespace payments

#endif  // PAYMENTS_TESTS_SUPPORT_PROTO_MATCHERS_H_
