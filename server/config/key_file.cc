#include "server/config/key_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/types/span.h"
#include "server/base/key_ring.h"
#include "server/config/small_file.h"

namespace payments {
namespace {

constexpr size_t kKeyDigits = 2 * KeyRing::kMasterKeyBytes;
constexpr size_t kKeyFileBytesMax = 256;  // 64 digits, and room to say what is wrong.
constexpr unsigned kOthersBits = 077;
constexpr int kOwnerOnly = 0600;

absl::Status CannotMake(const std::string& path, int error) {
  return absl::ErrnoToStatus(error, absl::StrCat("cannot make the key file ", path));
}

absl::Status WriteKeyFile(const std::string& path, absl::string_view digits) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerOnly);
  if (fd < 0) return CannotMake(path, errno);
  const bool written =
      write(fd, digits.data(), digits.size()) == static_cast<ssize_t>(digits.size()) &&
      fsync(fd) == 0;
  const int error = errno;
  close(fd);
  if (written) return absl::OkStatus();
  unlink(path.c_str());  // Half a key would be refused at the next start.
  return CannotMake(path, error);
}

absl::Status MakeKeyFile(const std::string& path, Random* random) {
  std::array<uint8_t, KeyRing::kMasterKeyBytes> bytes = {};
  random->Fill(absl::MakeSpan(bytes));
  std::string raw(bytes.begin(), bytes.end());
  std::string digits = absl::StrCat(absl::BytesToHexString(raw), "\n");
  absl::Status made = WriteKeyFile(path, digits);
  WipeString(raw);
  WipeString(digits);
  return made;
}

}  // namespace

absl::StatusOr<Secret> ReadKeyFile(const std::string& path) {
  absl::StatusOr<SmallFile> file = ReadSmallFile(path, kKeyFileBytesMax);
  if (!file.ok()) return file.status();
  if ((file->mode & kOthersBits) != 0) {
    return absl::PermissionDeniedError(absl::StrFormat(
        "%s has mode %04o: a key must be its owner's only, mode 0600", path, file->mode));
  }
  absl::string_view digits = file->content.Reveal();
  absl::ConsumeSuffix(&digits, "\n");
  bool hexadecimal = digits.size() == kKeyDigits;
  for (const char c : digits) {
    hexadecimal = hexadecimal && std::isxdigit(static_cast<unsigned char>(c)) != 0;
  }
  if (!hexadecimal) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, " must hold ", kKeyDigits, " hexadecimal digits; make one with: openssl rand -hex ",
        KeyRing::kMasterKeyBytes));
  }
  return Secret(absl::HexStringToBytes(digits));
}

absl::StatusOr<MasterKey> LoadOrMakeDevKey(const std::string& data_directory, Random* random) {
  const std::string path = absl::StrCat(absl::StripSuffix(data_directory, "/"), ".key");
  absl::StatusOr<Secret> key = ReadKeyFile(path);
  if (absl::IsNotFound(key.status())) {
    const absl::Status made = MakeKeyFile(path, random);
    if (!made.ok()) return made;
    key = ReadKeyFile(path);
  }
  if (!key.ok()) return key.status();
  return MasterKey{kDevKeyId, *std::move(key)};
}

}  // namespace payments
