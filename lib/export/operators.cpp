#include "export/operator_groups.h"

namespace sr {

const std::map<std::string_view, OperatorFunction>& operators() {
  static const std::map<std::string_view, OperatorFunction> kAll = [] {
    std::map<std::string_view, OperatorFunction> all;
    for (const OperatorTable& table :
         {arithmetic_operators(), layer_operators(), shape_operators(), slice_operators()}) {
      all.insert(table.begin(), table.end());
    }
    return all;
  }();
  return kAll;
}

}  // namespace sr
