#include "train/session_state.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include <utility>
#include <vector>

#include "train/checkpoints.h"
#include "train/identity.h"
#include "train/must_fit.h"
#include "train/restored_run.h"
#include "train/saved_json.h"

namespace sr {
namespace {

/// What is said of a run beside its tensors, as it goes to other ranks.
SavedRun documents_of(const Session& session) {
  return {session.start.state, session.sizes->now(), session.sizes->adjustments(),
          session.rate->ramp()};
}

/// Puts a saved run into the parts.
void enter(Session& session, const SavedRun& run, const nlohmann::ordered_json& sizes,
           const nlohmann::ordered_json& automations) {
  session.rate->set_ramp(run.ramp);
  session.sizes->load(sizes, run.size);
  session.automations->load(automations);
  const int configured = session.config->val.tile_size;
  const int found = run.state.validation_tile;
  if (found > 0 && (configured == 0 || found < configured)) {
    session.validator->set_tile_size(found);
  }
  session.start.state = run.state;
}

/// Fills the parts with what the state of `point` holds; a run that begins anew has nothing to fill
/// in.
void restore(ResumePoint& point, const RunIdentity& identity, Session& session, Remarks& remarks) {
  if (!point.file) {
    return;
  }
  RestoredRun restored;
  must_fit("the state " + point.file->string(), *session.memory, [&] {
    restored = restore_run(*point.file, std::move(point.state), *session.config, identity,
                           *session.networks, *session.step);
  });
  naming_state(*point.file,
               [&] { enter(session, restored.run, restored.sizes, restored.automations); });
  remarks.warn(restored.warnings);
}

}  // namespace

void settle_state(Session& session, const DataSets& sets, ResumePoint& point, const Ranks& ranks,
                  Remarks& remarks) {
  const Config& config = *session.config;
  const std::string name = device_name(session.device);
  const RunIdentity identity{
      fingerprint(sets.training.pairs, config.train_set),
      ranks.alone() ? name : fmt::format("{} ranks of {}", ranks.world(), name)};
  session.start.resumed = point.file.has_value();
  restore(point, identity, session, remarks);
  if (session.start.resumed) {
    remarks.warn(settle_folder(config, *session.layout, point, session.start.best_rule,
                               session.start.state));
  }
  session.checkpoints = std::make_unique<Checkpoints>(config, *session.layout, *session.networks,
                                                      *session.step, identity);
}

void share_state(Session& session, Ranks& ranks) {
  std::vector<at::Tensor> tensors;
  const auto add = [&](const NamedTensors& named) {
    for (const NamedTensor& tensor : named) {
      tensors.push_back(tensor.tensor);
    }
  };
  const Networks& networks = *session.networks;
  for (const Module* network : {static_cast<const Module*>(networks.generator.get()),
                                static_cast<const Module*>(networks.averaged.get()),
                                static_cast<const Module*>(networks.discriminator.get())}) {
    if (network != nullptr) {
      add(network->parameters());
      add(network->buffers());
    }
  }
  for (const auto* averages :
       {&session.step->averages(), &session.step->discriminator_averages()}) {
    tensors.insert(tensors.end(), averages->begin(), averages->end());
  }
  for (const NamedState& state : session.step->state()) {
    tensors.push_back(state.tensor);
  }
  ranks.broadcast(tensors);
  session.step->state_loaded();
  const nlohmann::ordered_json own{{"resumed", session.start.resumed},
                                   {"run", to_json(documents_of(session))},
                                   {"sizes", session.sizes->save()},
                                   {"automations", session.automations->save()}};
  const auto first = nlohmann::ordered_json::parse(ranks.from(0, own.dump()));
  session.start.resumed = first.at("resumed");
  if (session.start.resumed && !ranks.is_first()) {
    enter(session, saved_run_from_json(first.at("run")), first.at("sizes"),
          first.at("automations"));
  }
}

}  // namespace sr
