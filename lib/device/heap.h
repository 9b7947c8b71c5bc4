#pragma once

namespace sr {

/// Of what install_cpu_allocator() keeps in the process, blocks of 64 MiB and more go back to the
/// kernel when they are freed. For work on images of many sizes: what one of them needed lies in
/// the way of what the next one needs, and the heap grows to more than twice the most that is used
/// at a time. A training step's blocks come again in the same sizes.
void give_back_large_blocks();

}  // namespace sr
