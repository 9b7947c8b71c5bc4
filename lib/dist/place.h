#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace sr {

/// Looks a variable up: nothing when it is not set or empty.
using FindVariable = std::function<std::optional<std::string>(const std::string& name)>;

/// Which of the processes of a run ("ranks") this one is, and where they meet.
struct Place {
  int rank = 0;  ///< 0 <= rank < world
  int world = 1;
  int local_rank = 0;  ///< among the ranks of this host, 0 <= local_rank < local_world
  int local_world = 1;
  std::string launcher;               ///< "torchrun", "srun" ...; empty: started by itself
  std::string address = "127.0.0.1";  ///< of the host of rank 0
  std::uint16_t port = 29500;
  std::string interface;         ///< of the network; empty: the one that leads to rank 0
  bool store_is_served = false;  ///< by the launcher; else rank 0 serves it
  int restart = 0;               ///< how often the launcher has started this run anew

  bool alone() const { return world == 1; }
};

/// Reads what torchrun, srun, mpirun (Open MPI; MPICH and Intel) set, or RANK, WORLD_SIZE,
/// MASTER_ADDR and MASTER_PORT set by hand; the last two win over what a launcher implies.
/// GLOO_SOCKET_IFNAME names a network interface, as for other users of Gloo. Throws ConfigError for
/// a value that makes no sense and for ranks on several hosts without an address.
Place place_of(const FindVariable& environment);

/// That of this process.
std::optional<std::string> environment_variable(const std::string& name);

/// "gpu[03-05,9],login" -> "gpu03": the first of a list of hosts as Slurm writes it.
std::string first_host(const std::string& list);

/// "2(x3),1" -> 2, 2, 2, 1: which of them is number `node`. 1 beyond the end.
int tasks_of_node(const std::string& list, int node);

}  // namespace sr
