#pragma once

#include <memory>

namespace sr::arch {

struct Options;

/// The options of some network by value, for those who only carry them: a Config, and everything
/// that sees one, is not compiled anew with each new network. arch/catalogue.h has what makes and
/// reads them.
class NetworkOptions {
 public:
  NetworkOptions();  ///< the first network's
  /// Of Options or of those of one family. Include arch/catalogue.h.
  template <typename O>
  NetworkOptions(O options);  // NOLINT(google-explicit-constructor): the same by another name

  operator const Options&() const { return *options_; }  // NOLINT(google-explicit-constructor)
  const Options& get() const { return *options_; }

  friend bool operator==(const NetworkOptions& a, const NetworkOptions& b) { return a.equals(b); }

 private:
  bool equals(const NetworkOptions& other) const;

  std::shared_ptr<const Options> options_;
};

}  // namespace sr::arch
