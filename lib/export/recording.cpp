#include "export/recording.h"

#include <unordered_map>
#include <utility>

#include <ATen/core/function_schema.h>
#include <ATen/record_function.h>
#include <torch/torch.h>

namespace sr {
namespace {

class Recorder {
 public:
  void begin_call(const at::RecordFunction& function);
  void end_call(const at::RecordFunction& function);

  int value_of(const at::Tensor& tensor);
  int add_value(const at::Tensor& tensor, bool follows_input);
  Recording take() { return std::move(recording_); }

 private:
  using Impl = c10::TensorImpl;
  using WeakTensor = c10::weak_intrusive_ptr<Impl, c10::UndefinedTensorImpl>;

  RecordedArgument argument_of(const c10::IValue& value);
  void add_outputs(const c10::IValue& output);
  void renumber_written();

  Recording recording_;
  RecordedCall call_;
  std::vector<at::Tensor> written_;  ///< by the call that is running
  bool call_follows_input_ = false;
  int depth_ = 0;
  struct Known {
    int number;
    /// So that no address is used again, while the memory of what follows from the input is given
    /// back.
    WeakTensor tensor;
  };
  std::unordered_map<const Impl*, Known> known_;
  std::unordered_multimap<const void*, const Impl*> sharers_;  ///< by their memory
};

const void* memory_of(const at::Tensor& tensor) {
  return tensor.has_storage() ? tensor.storage().unsafeGetStorageImpl() : nullptr;
}

int Recorder::add_value(const at::Tensor& tensor, bool follows_input) {
  RecordedValue value;
  value.sizes = tensor.sizes().vec();
  value.type = tensor.scalar_type();
  value.follows_input = follows_input;
  if (!follows_input) {
    value.constant = tensor;
  }
  const int number = static_cast<int>(recording_.values.size());
  recording_.values.push_back(std::move(value));
  const Impl* impl = tensor.unsafeGetTensorImpl();
  if (known_.insert_or_assign(impl, Known{number, WeakTensor(tensor.getIntrusivePtr())}).second) {
    sharers_.emplace(memory_of(tensor), impl);
  }
  return number;
}

int Recorder::value_of(const at::Tensor& tensor) {
  if (!tensor.defined()) {
    return -1;
  }
  const auto found = known_.find(tensor.unsafeGetTensorImpl());
  return found != known_.end() ? found->second.number : add_value(tensor, /*follows_input=*/false);
}

RecordedArgument Recorder::argument_of(const c10::IValue& value) {
  RecordedArgument argument;
  const auto add = [&](const c10::IValue& tensor) {
    argument.values.push_back(tensor.isNone() ? -1 : value_of(tensor.toTensor()));
  };
  if (value.isTensor()) {
    add(value);
  } else if (value.isTensorList() || value.isOptionalTensorList()) {
    argument.is_list = true;
    for (const c10::IValue& element : value.toListRef()) {
      add(element);
    }
  } else {
    argument.other = value;
  }
  for (const int number : argument.values) {
    call_follows_input_ = call_follows_input_ ||
                          (number >= 0 && recording_.values[std::size_t(number)].follows_input);
  }
  return argument;
}

void Recorder::begin_call(const at::RecordFunction& function) {
  if (depth_++ > 0) {
    return;
  }
  const auto schema = function.operator_schema();
  call_ = {};
  written_.clear();
  call_follows_input_ = false;
  if (!schema) {
    call_.name = function.name();
    return;
  }
  call_.name = schema->name().substr(schema->name().rfind(':') + 1);
  if (schema->is_mutable() && call_.name.ends_with('_')) {
    call_.name.pop_back();
  }
  call_.overload = schema->overload_name();
  const auto inputs = function.inputs();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    call_.arguments.push_back(argument_of(inputs[i]));
    const auto* alias = schema->arguments()[i].alias_info();
    if (alias != nullptr && alias->isWrite() && inputs[i].isTensor()) {
      written_.push_back(inputs[i].toTensor());
    }
  }
}

/// What shares memory with a tensor that was written is not what it was. A tensor that is gone
/// shares none, though its memory may have become another one's; nor is it used any more.
void Recorder::renumber_written() {
  for (const at::Tensor& tensor : written_) {
    const auto [first, last] = sharers_.equal_range(memory_of(tensor));
    for (auto sharer = first; sharer != last; ++sharer) {
      const Known& known = known_.at(sharer->second);
      if (sharer->second != tensor.unsafeGetTensorImpl() && call_follows_input_ &&
          !known.tensor.expired()) {
        recording_.values[std::size_t(known.number)].overwritten = true;
      }
    }
    add_value(tensor, call_follows_input_);
  }
}

void Recorder::add_outputs(const c10::IValue& output) {
  if (output.isTensor() && output.toTensor().defined()) {
    call_.outputs.push_back(add_value(output.toTensor(), call_follows_input_));
  } else if (output.isTensorList()) {
    for (const at::Tensor& tensor : output.toTensorVector()) {
      call_.outputs.push_back(add_value(tensor, call_follows_input_));
    }
  }
}

void Recorder::end_call(const at::RecordFunction& function) {
  if (--depth_ > 0) {
    return;
  }
  renumber_written();
  for (const c10::IValue& output : function.outputs()) {
    add_outputs(output);
  }
  recording_.calls.push_back(std::move(call_));
}

/// Of the pass that this thread records: the observers are functions without a place for it.
thread_local Recorder* recorder = nullptr;

std::unique_ptr<at::ObserverContext> on_begin(const at::RecordFunction& function) {
  recorder->begin_call(function);
  return nullptr;
}

void on_end(const at::RecordFunction& function, at::ObserverContext* /*context*/) {
  recorder->end_call(function);
}

class Observation {
 public:
  explicit Observation(Recorder& here) : before_(std::exchange(recorder, &here)) {
    handle_ = at::addThreadLocalCallback(at::RecordFunctionCallback(on_begin, on_end)
                                             .needsInputs(true)
                                             .needsOutputs(true)
                                             .scopes({at::RecordScope::FUNCTION}));
  }
  ~Observation() {
    at::removeCallback(handle_);
    recorder = before_;
  }
  Observation(const Observation&) = delete;
  Observation& operator=(const Observation&) = delete;

 private:
  Recorder* before_;
  at::CallbackHandle handle_ = 0;
};

}  // namespace

Recording record(const std::function<at::Tensor(const at::Tensor&)>& pass,
                 const at::Tensor& input) {
  const at::NoGradGuard no_grad;
  Recorder own;
  const int first = own.add_value(input, /*follows_input=*/true);
  at::Tensor output;
  {
    const Observation observation(own);
    output = pass(input);
  }
  const int last = own.value_of(output);
  Recording recording = own.take();
  recording.input = first;
  recording.output = last;
  return recording;
}

}  // namespace sr
