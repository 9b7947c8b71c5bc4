#include "dist/place.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <span>
#include <string_view>

#include <fmt/format.h>

#include "core/checksum.h"
#include "core/error.h"

namespace sr {
namespace {

constexpr int kLastPort = 65535;

/// Ports for runs that name none, below those that Linux gives to outgoing connections.
constexpr int kFirstJobPort = 20000, kJobPorts = 12000;

/// The numbers among the variables of an environment.
class Variables {
 public:
  explicit Variables(const FindVariable& environment) : environment_(environment) {}

  std::optional<std::string> text(const std::string& name) const { return environment_(name); }
  bool has(const std::string& name) const { return text(name).has_value(); }

  int number(const std::string& name, int otherwise) const {
    const auto value = text(name);
    if (!value) {
      return otherwise;
    }
    int number = 0;
    const char* end = value->data() + value->size();
    const auto [stop, error] = std::from_chars(value->data(), end, number);
    if (error != std::errc() || stop != end || number < 0) {
      throw ConfigError(fmt::format("environment: {}={} is not a number from 0 on", name, *value));
    }
    return number;
  }

 private:
  const FindVariable& environment_;
};

/// The same for all ranks of a job, and most likely another one for the next job.
std::uint16_t port_of_job(const std::string& job) {
  const std::uint64_t hash = checksum(std::as_bytes(std::span(job)));
  return static_cast<std::uint16_t>(kFirstJobPort + static_cast<int>(hash % kJobPorts));
}

void read_torchrun(const Variables& variables, Place& place) {
  place.launcher = variables.has("TORCHELASTIC_RUN_ID") ? "torchrun" : "environment";
  place.rank = variables.number("RANK", 0);
  place.world = variables.number("WORLD_SIZE", 1);
  const std::string address = variables.text("MASTER_ADDR").value_or("127.0.0.1");
  const bool one_host = address == "127.0.0.1" || address == "localhost" || address == "::1";
  place.local_rank = variables.number("LOCAL_RANK", one_host ? place.rank : 0);
  place.local_world = variables.number("LOCAL_WORLD_SIZE", one_host ? place.world : 1);
  place.store_is_served = variables.text("TORCHELASTIC_USE_AGENT_STORE") == "True";
}

void read_open_mpi(const Variables& variables, Place& place) {
  place.launcher = "mpirun";
  place.rank = variables.number("OMPI_COMM_WORLD_RANK", 0);
  place.world = variables.number("OMPI_COMM_WORLD_SIZE", 1);
  place.local_rank = variables.number("OMPI_COMM_WORLD_LOCAL_RANK", 0);
  place.local_world = variables.number("OMPI_COMM_WORLD_LOCAL_SIZE", 1);
  place.port = port_of_job(variables.text("PMIX_NAMESPACE").value_or("mpirun"));
}

void read_slurm(const Variables& variables, Place& place) {
  place.launcher = "srun";
  place.rank = variables.number("SLURM_PROCID", 0);
  place.world = variables.number("SLURM_STEP_NUM_TASKS", 1);
  place.local_rank = variables.number("SLURM_LOCALID", 0);
  place.local_world = tasks_of_node(variables.text("SLURM_STEP_TASKS_PER_NODE").value_or(""),
                                    variables.number("SLURM_NODEID", 0));
  place.address = first_host(variables.text("SLURM_STEP_NODELIST").value_or(place.address));
  place.port = port_of_job(fmt::format("{}.{}", variables.text("SLURM_JOB_ID").value_or(""),
                                       variables.text("SLURM_STEP_ID").value_or("")));
}

void read_mpich(const Variables& variables, Place& place) {
  place.launcher = "mpiexec";
  place.rank = variables.number("PMI_RANK", 0);
  place.world = variables.number("PMI_SIZE", 1);
  place.local_rank = variables.number("MPI_LOCALRANKID", place.rank);
  place.local_world = variables.number("MPI_LOCALNRANKS", place.world);
}

void require_sense(const Place& place, bool has_address) {
  const bool in_range = place.rank < place.world && place.local_rank < place.local_world &&
                        place.local_world <= place.world;
  if (!in_range) {
    throw ConfigError(fmt::format(
        "environment: {} says rank {} of {}, rank {} of {} on this host, which cannot be",
        place.launcher, place.rank, place.world, place.local_rank, place.local_world));
  }
  if (place.local_world < place.world && !has_address) {
    throw ConfigError(fmt::format(
        "{} has started {} of {} ranks on this host: where the others find rank 0 must be said; "
        "set MASTER_ADDR to the name of its host (mpirun -x MASTER_ADDR=..., mpiexec -env "
        "MASTER_ADDR ...)",
        place.launcher, place.local_world, place.world));
  }
}

}  // namespace

std::string first_host(const std::string& list) {
  const std::size_t bracket = list.find('[');
  const std::size_t comma = list.find(',');
  if (bracket == std::string::npos || comma < bracket) {
    return list.substr(0, comma);
  }
  const std::size_t end = list.find_first_of("-,]", bracket);
  return list.substr(0, bracket) + list.substr(bracket + 1, end - bracket - 1);
}

int tasks_of_node(const std::string& list, int node) {
  std::string_view rest = list;
  while (!rest.empty()) {
    const std::string_view item = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), item.size() + 1));
    int tasks = 1;
    int nodes = 1;
    const auto read = std::from_chars(item.data(), item.data() + item.size(), tasks);
    constexpr std::string_view kTimes = "(x";
    if (const std::size_t times = item.find(kTimes); times != std::string_view::npos) {
      std::from_chars(item.data() + times + kTimes.size(), item.data() + item.size(), nodes);
    }
    if (read.ec != std::errc()) {
      return 1;
    }
    if (node < nodes) {
      return tasks;
    }
    node -= nodes;
  }
  return 1;
}

Place place_of(const FindVariable& environment) {
  const Variables variables(environment);
  Place place;
  if (variables.has("RANK") && variables.has("WORLD_SIZE")) {
    read_torchrun(variables, place);
  } else if (variables.has("OMPI_COMM_WORLD_SIZE")) {
    read_open_mpi(variables, place);
  } else if (variables.has("SLURM_PROCID") && variables.has("SLURM_STEP_NUM_TASKS") &&
             !variables.has("SLURM_PTY_PORT")) {  // which an interactive shell has
    read_slurm(variables, place);
  } else if (variables.has("PMI_RANK") && variables.has("PMI_SIZE")) {
    read_mpich(variables, place);
  } else {
    return place;
  }
  // A requeued job of Slurm starts its launcher anew, which then counts from 0.
  place.restart = variables.number("TORCHELASTIC_RESTART_COUNT", 0) +
                  variables.number("SLURM_RESTART_COUNT", 0);
  place.interface = variables.text("GLOO_SOCKET_IFNAME").value_or("");
  const auto address = variables.text("MASTER_ADDR");
  place.address = address.value_or(place.address);
  const int port = variables.number("MASTER_PORT", place.port);
  if (port < 1 || port > kLastPort) {
    throw ConfigError(fmt::format("environment: MASTER_PORT={} is no port", port));
  }
  place.port = static_cast<std::uint16_t>(port);
  require_sense(place, address.has_value() || place.launcher == "srun");
  return place;
}

std::optional<std::string> environment_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace sr
