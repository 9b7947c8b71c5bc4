#pragma once

namespace sr {

/// From now on, for the whole process: on the CPU the weights' gradient of a convolution over a
/// batch is the sum of those over equal parts of the batch, one part a thread, where the batch has
/// a multiple of as many samples; float32 and bfloat16. oneDNN's own way has the threads add up
/// inside one kernel, where they spin until the last has come: beside other programs that takes the
/// processor from the thread that is waited for (decision 42). A call after the first does nothing.
void split_weight_gradients();

}  // namespace sr
