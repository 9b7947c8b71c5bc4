#include "checkpoint/pickle.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <unordered_map>
#include <utility>

#include "checkpoint/pickle_code.h"
#include "checkpoint/pickle_stack.h"
#include "checkpoint/pickle_values.h"
#include "core/error.h"

namespace sr::pickle {
namespace {

/// "module.name" as Python 3 spells it; protocol 2 writes the names of Python 2.
std::string global_name(std::string_view module, std::string_view name) {
  if (module == "__builtin__") {
    module = "builtins";
  } else if (module == "copy_reg") {
    module = "copyreg";
  }
  return fmt::format("{}.{}", module, name);
}

class Machine {
 public:
  Machine(std::span<const std::byte> bytes, GlobalRule rule)
      : input_(bytes), size_(bytes.size()), rule_(rule) {}

  Pickle run() {
    for (Op op = next(); op != Op::kStop; op = next()) {
      if (!scalar(op) && !text(op) && !memo(op) && !stack(op) && !collect(op) && !object(op)) {
        throw CheckpointError(
            fmt::format("its pickle has an operation that weight files do not "
                        "use (0x{:02x})",
                        static_cast<unsigned>(op)));
      }
    }
    const Ref root = stack_.pop();
    return values_.finish(root, size_ - input_.left());
  }

 private:
  Op next() { return static_cast<Op>(input_.number<std::uint8_t>()); }

  Value& at(Ref ref) { return values_[ref]; }

  void push(Value value) { stack_.push(values_.add(std::move(value))); }
  void push_number(Kind kind, std::int64_t number) { push({.kind = kind, .number = number}); }
  void push_text(Kind kind, std::uint64_t length) {
    push({.kind = kind, .text = std::string(input_.take(length))});
  }
  void push_items(Kind kind, std::vector<Ref> items) {
    push({.kind = kind, .items = std::move(items)});
  }

  void push_long(std::uint64_t length) {
    const std::string_view digits = input_.take(length);
    if (length > sizeof(std::int64_t)) {
      push({.kind = Kind::kHugeInt, .text = std::string(digits)});
      return;
    }
    const bool negative = !digits.empty() && (static_cast<unsigned char>(digits.back()) & 0x80U);
    std::int64_t value = negative ? -1 : 0;  // two's complement: the sign fills what is not there
    std::memcpy(&value, digits.data(), digits.size());
    push_number(Kind::kInt, value);
  }

  bool scalar(Op op) {
    switch (op) {
      case Op::kProto:
        if (const int protocol = input_.number<std::uint8_t>(); protocol > 5) {
          throw CheckpointError(fmt::format("its pickle has protocol {}, beyond 5", protocol));
        }
        return true;
      case Op::kFrame:  // only says how long the next stretch is
        input_.take(sizeof(std::uint64_t));
        return true;
      case Op::kNone:
        push_number(Kind::kNone, 0);
        return true;
      case Op::kNewTrue:
      case Op::kNewFalse:
        push_number(Kind::kBool, op == Op::kNewTrue ? 1 : 0);
        return true;
      case Op::kBinInt:
        push_number(Kind::kInt, input_.number<std::int32_t>());
        return true;
      case Op::kBinInt1:
        push_number(Kind::kInt, input_.number<std::uint8_t>());
        return true;
      case Op::kBinInt2:
        push_number(Kind::kInt, input_.number<std::uint16_t>());
        return true;
      case Op::kLong1:
        push_long(input_.number<std::uint8_t>());
        return true;
      case Op::kLong4:
        push_long(input_.number<std::uint32_t>());
        return true;
      case Op::kBinFloat: {  // the one big-endian number of the format
        const std::uint64_t bits = __builtin_bswap64(input_.number<std::uint64_t>());
        push({.kind = Kind::kFloat, .real = std::bit_cast<double>(bits)});
        return true;
      }
      default:
        return false;
    }
  }

  bool text(Op op) {
    switch (op) {
      case Op::kShortBinUnicode:
      case Op::kShortBinString:
        push_text(Kind::kText, input_.number<std::uint8_t>());
        return true;
      case Op::kBinUnicode:
      case Op::kBinString:
        push_text(Kind::kText, input_.number<std::uint32_t>());
        return true;
      case Op::kBinUnicode8:
        push_text(Kind::kText, input_.number<std::uint64_t>());
        return true;
      case Op::kShortBinBytes:
        push_text(Kind::kBytes, input_.number<std::uint8_t>());
        return true;
      case Op::kBinBytes:
        push_text(Kind::kBytes, input_.number<std::uint32_t>());
        return true;
      case Op::kBinBytes8:
      case Op::kByteArray8:
        push_text(Kind::kBytes, input_.number<std::uint64_t>());
        return true;
      default:
        return false;
    }
  }

  void remember(std::uint32_t key) {
    memo_[key] = stack_.top();
    if (memo_.size() > kMaxValues) {
      throw CheckpointError(fmt::format("its pickle remembers more than {} values", kMaxValues));
    }
  }

  void recall(std::uint32_t key) {
    const auto found = memo_.find(key);
    if (found == memo_.end()) {
      malformed();
    }
    stack_.push(found->second);
  }

  bool memo(Op op) {
    switch (op) {
      case Op::kBinPut:
        remember(input_.number<std::uint8_t>());
        return true;
      case Op::kLongBinPut:
        remember(input_.number<std::uint32_t>());
        return true;
      case Op::kMemoize:
        remember(static_cast<std::uint32_t>(memo_.size()));
        return true;
      case Op::kBinGet:
        recall(input_.number<std::uint8_t>());
        return true;
      case Op::kLongBinGet:
        recall(input_.number<std::uint32_t>());
        return true;
      default:
        return false;
    }
  }

  bool stack(Op op) {
    switch (op) {
      case Op::kMark:
        stack_.mark();
        return true;
      case Op::kPop:
        if (stack_.ends_with_mark()) {
          stack_.pop_to_mark();  // as in Python, a mark can be popped like a value
        } else {
          stack_.pop();
        }
        return true;
      case Op::kPopMark:
        stack_.pop_to_mark();
        return true;
      case Op::kDup:
        stack_.push(stack_.top());
        return true;
      default:
        return false;
    }
  }

  void push_dict(const std::vector<Ref>& items) {
    push_items(Kind::kDict, {});
    values_.add_to(stack_.top(), Kind::kDict, items);
  }

  void add_marked(Kind kind) {
    const std::vector<Ref> items = stack_.pop_to_mark();
    values_.add_to(stack_.top(), kind, items);
  }

  bool collect(Op op) {
    switch (op) {
      case Op::kEmptyTuple:
        push_items(Kind::kTuple, {});
        return true;
      case Op::kTuple1:
      case Op::kTuple2:
      case Op::kTuple3:
        push_items(Kind::kTuple, stack_.pop(static_cast<std::size_t>(op) -
                                            static_cast<std::size_t>(Op::kTuple1) + 1));
        return true;
      case Op::kTuple:
        push_items(Kind::kTuple, stack_.pop_to_mark());
        return true;
      case Op::kEmptyList:
        push_items(Kind::kList, {});
        return true;
      case Op::kList:
        push_items(Kind::kList, stack_.pop_to_mark());
        return true;
      case Op::kEmptyDict:
        push_items(Kind::kDict, {});
        return true;
      case Op::kDict:
        push_dict(stack_.pop_to_mark());
        return true;
      case Op::kEmptySet:
        push_items(Kind::kSet, {});
        return true;
      case Op::kFrozenSet:
        push_items(Kind::kSet, stack_.pop_to_mark());
        return true;
      case Op::kAppend:
        append_one();
        return true;
      case Op::kAppends:
        add_marked(Kind::kList);
        return true;
      case Op::kAddItems:
        add_marked(Kind::kSet);
        return true;
      case Op::kSetItem: {
        const std::vector<Ref> entry = stack_.pop(2);
        values_.add_to(stack_.top(), Kind::kDict, entry);
        return true;
      }
      case Op::kSetItems:
        add_marked(Kind::kDict);
        return true;
      default:
        return false;
    }
  }

  void append_one() {
    const Ref item = stack_.pop();
    values_.add_to(stack_.top(), Kind::kList, {item});
  }

  void push_global(std::string name) {
    rule_(name);
    push({.kind = Kind::kGlobal, .text = std::move(name)});
  }

  void global_from_stack() {
    const std::vector<Ref> names = stack_.pop(2);
    if (at(names[0]).kind != Kind::kText || at(names[1]).kind != Kind::kText) {
      malformed();
    }
    push_global(global_name(at(names[0]).text, at(names[1]).text));
  }

  /// Python 2 gives an OrderedDict its entries as a list of [key, value].
  void fill_from_pairs(Ref dict, Ref pairs) {
    for (const Ref pair : at(pairs).items) {
      const Value& entry = at(pair);
      if ((entry.kind != Kind::kList && entry.kind != Kind::kTuple) || entry.items.size() != 2) {
        malformed();
      }
      values_.add_to(dict, Kind::kDict, entry.items);
    }
  }

  void call(Ref callee, Ref arguments) {
    if (at(callee).kind != Kind::kGlobal || at(arguments).kind != Kind::kTuple) {
      malformed();
    }
    if (at(callee).text != "collections.OrderedDict") {
      push_items(Kind::kCall, {callee, arguments});
      return;
    }
    push_items(Kind::kDict, {});
    if (const std::vector<Ref> given = at(arguments).items; !given.empty()) {
      if (at(given.front()).kind != Kind::kList) {
        malformed();
      }
      fill_from_pairs(stack_.top(), given.front());
    }
  }

  /// Attributes, such as the _metadata of a state dict.
  void build() {
    const Ref state = stack_.pop();
    const Kind kind = at(stack_.top()).kind;
    if (kind != Kind::kDict && kind != Kind::kCall) {
      malformed();
    }
    if (kind == Kind::kCall) {
      values_.add_to(stack_.top(), Kind::kCall, {state});
    }
  }

  bool object(Op op) {
    switch (op) {
      case Op::kGlobal: {
        const std::string_view module = input_.line();
        push_global(global_name(module, input_.line()));
        return true;
      }
      case Op::kStackGlobal:
        global_from_stack();
        return true;
      case Op::kReduce:
      case Op::kNewObj: {
        const std::vector<Ref> parts = stack_.pop(2);
        call(parts[0], parts[1]);
        return true;
      }
      case Op::kNewObjEx: {
        const std::vector<Ref> parts = stack_.pop(3);
        call(parts[0], parts[1]);
        return true;
      }
      case Op::kBuild:
        build();
        return true;
      case Op::kBinPersId:
        push_items(Kind::kPersistentId, {stack_.pop()});
        return true;
      default:
        return false;
    }
  }

  Input input_;
  std::size_t size_;
  GlobalRule rule_;
  Values values_;
  Stack stack_;
  std::unordered_map<std::uint32_t, Ref> memo_;
};

}  // namespace

Pickle parse(std::span<const std::byte> bytes, GlobalRule rule) {
  if (bytes.size() > kMaxBytes) {
    throw CheckpointError(
        fmt::format("its pickle has {} bytes; {} are allowed", bytes.size(), kMaxBytes));
  }
  return Machine(bytes, rule).run();
}

Pickle parse_first(std::span<const std::byte> bytes) {
  return Machine(bytes.first(std::min(bytes.size(), kMaxBytes)), require_known_global).run();
}

}  // namespace sr::pickle
