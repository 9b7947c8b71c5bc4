// Compiled at run time (NVRTC) for the device at hand: no header is there, and no compiler is
// needed to build the program. Features are channels_last, dense unless a stride is given: a pixel
// is `lanes` vectors of 16 bytes. Biases, slopes and sums are float32. Sums are taken over fixed
// parts in a fixed order.

struct Bf16 {
  unsigned short bits;
};
struct Half {
  unsigned short bits;
};

__device__ inline float to_float(float value) {
  return value;
}
__device__ inline float to_float(Bf16 value) {
  return __uint_as_float(static_cast<unsigned>(value.bits) << 16);
}
__device__ inline float to_float(Half value) {
  float result;
  asm("cvt.f32.f16 %0, %1;" : "=f"(result) : "h"(value.bits));
  return result;
}

__device__ inline void assign(float& target, float value) {
  target = value;
}
__device__ inline void assign(Bf16& target, float value) {
  const unsigned bits = __float_as_uint(value);
  // To the nearest, ties to even; what is not a number stays none.
  target.bits = value != value ? 0x7fff : (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
}
__device__ inline void assign(Half& target, float value) {
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(target.bits) : "f"(value));
}

template <typename T>
struct alignas(16) Vector {
  static constexpr int kSize = 16 / sizeof(T);
  T at[kSize];
};

template <typename T>
__device__ inline Vector<T> load(const T* from) {
  return *reinterpret_cast<const Vector<T>*>(from);
}
template <typename T>
__device__ inline void store(T* to, const Vector<T>& value) {
  *reinterpret_cast<Vector<T>*>(to) = value;
}

// Calls work(pixel, channel) for the first channel of every vector.
template <typename T, typename Work>
__device__ inline void for_each_vector(unsigned count, unsigned lanes, Work work) {
  for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < count; i += gridDim.x * blockDim.x) {
    work(i / lanes, i % lanes * Vector<T>::kSize);
  }
}

// The thread's lane goes through pixels: work(pixel, channel, first_sum, second_sum) adds to the
// sums of its vector's channels. Then sums[block][0 and 1][channel] hold this block's. A block has
// kThreads threads.
constexpr int kThreads = 256;

template <typename T, int kSums, typename Work>
__device__ inline void sum_over_pixels(unsigned pixels, unsigned lanes, float* sums, Work work) {
  constexpr int kSize = Vector<T>::kSize;
  __shared__ float shared[kThreads * kSize];
  const unsigned groups = kThreads / lanes;
  const unsigned lane = threadIdx.x % lanes;
  const unsigned group = threadIdx.x / lanes;
  float own[kSums][kSize] = {};
  if (group < groups) {
    for (unsigned p = blockIdx.x * groups + group; p < pixels; p += gridDim.x * groups) {
      work(p, lane * kSize, own);
    }
  }
  const unsigned channels = lanes * kSize;
  for (int k = 0; k < kSums; ++k) {
    __syncthreads();
    if (group < groups) {
      for (int j = 0; j < kSize; ++j) {
        shared[group * channels + lane * kSize + j] = own[k][j];
      }
    }
    __syncthreads();
    for (unsigned c = threadIdx.x; c < channels; c += kThreads) {
      float total = 0;
      for (unsigned g = 0; g < groups; ++g) {
        total += shared[g * channels + c];
      }
      sums[(blockIdx.x * kSums + k) * channels + c] = total;
    }
  }
}

template <typename T>
__device__ inline void bias_prelu(const T* x, const float* bias, const float* slope, T* out,
                                  unsigned count, unsigned lanes) {
  const unsigned channels = lanes * Vector<T>::kSize;
  for_each_vector<T>(count, lanes, [&](unsigned pixel, unsigned c) {
    Vector<T> v = load(x + static_cast<unsigned long long>(pixel) * channels + c);
    for (int j = 0; j < Vector<T>::kSize; ++j) {
      const float t = to_float(v.at[j]) + bias[c + j];
      assign(v.at[j], t > 0 ? t : t * slope[c + j]);
    }
    store(out + static_cast<unsigned long long>(pixel) * channels + c, v);
  });
}

template <typename T>
__device__ inline void bias_prelu_backward(const T* x, const float* bias, const float* slope,
                                           const T* grad, T* grad_x, float* sums, unsigned pixels,
                                           unsigned lanes) {
  const unsigned channels = lanes * Vector<T>::kSize;
  sum_over_pixels<T, 2>(
      pixels, lanes, sums, [&](unsigned pixel, unsigned c, float(*own)[Vector<T>::kSize]) {
        const unsigned long long at = static_cast<unsigned long long>(pixel) * channels + c;
        const Vector<T> v = load(x + at);
        Vector<T> g = load(grad + at);
        for (int j = 0; j < Vector<T>::kSize; ++j) {
          const float t = to_float(v.at[j]) + bias[c + j];
          const float of_output = to_float(g.at[j]);
          const float of_input = t > 0 ? of_output : of_output * slope[c + j];
          assign(g.at[j], of_input);
          own[0][j] += of_input;
          own[1][j] += t > 0 ? 0 : of_output * t;
        }
        store(grad_x + at, g);
      });
}

template <typename T>
__device__ inline void bias_leaky_relu(const T* x, const float* bias, float slope, T* out,
                                       unsigned out_stride, unsigned count, unsigned lanes) {
  const unsigned channels = lanes * Vector<T>::kSize;
  for_each_vector<T>(count, lanes, [&](unsigned pixel, unsigned c) {
    Vector<T> v = load(x + static_cast<unsigned long long>(pixel) * channels + c);
    for (int j = 0; j < Vector<T>::kSize; ++j) {
      const float t = to_float(v.at[j]) + bias[c + j];
      assign(v.at[j], t > 0 ? t : t * slope);
    }
    store(out + static_cast<unsigned long long>(pixel) * out_stride + c, v);
  });
}

// `out` is the activated output: its sign is that of what went in, as the slope is positive.
template <typename T>
__device__ inline void leaky_relu_backward(const T* out, unsigned out_stride, const T* grad,
                                           unsigned grad_stride, float slope, T* grad_x,
                                           float* sums, unsigned pixels, unsigned lanes) {
  const unsigned channels = lanes * Vector<T>::kSize;
  sum_over_pixels<T, 1>(
      pixels, lanes, sums, [&](unsigned pixel, unsigned c, float(*own)[Vector<T>::kSize]) {
        const Vector<T> v = load(out + static_cast<unsigned long long>(pixel) * out_stride + c);
        Vector<T> g = load(grad + static_cast<unsigned long long>(pixel) * grad_stride + c);
        for (int j = 0; j < Vector<T>::kSize; ++j) {
          const float of_output = to_float(g.at[j]);
          const float of_input = to_float(v.at[j]) > 0 ? of_output : of_output * slope;
          assign(g.at[j], of_input);
          own[0][j] += of_input;
        }
        store(grad_x + static_cast<unsigned long long>(pixel) * channels + c, g);
      });
}

template <typename T>
__device__ inline void bias_scale_add(const T* x, const float* bias, float scale, const T* features,
                                      T* out, unsigned count, unsigned lanes) {
  const unsigned channels = lanes * Vector<T>::kSize;
  for_each_vector<T>(count, lanes, [&](unsigned pixel, unsigned c) {
    const unsigned long long at = static_cast<unsigned long long>(pixel) * channels + c;
    const Vector<T> v = load(x + at);
    Vector<T> f = load(features + at);
    for (int j = 0; j < Vector<T>::kSize; ++j) {
      assign(f.at[j], to_float(f.at[j]) + scale * (to_float(v.at[j]) + bias[c + j]));
    }
    store(out + at, f);
  });
}

template <typename T>
__device__ inline void scale_backward(const T* grad, float scale, T* grad_x, float* sums,
                                      unsigned pixels, unsigned lanes) {
  const unsigned channels = lanes * Vector<T>::kSize;
  sum_over_pixels<T, 1>(
      pixels, lanes, sums, [&](unsigned pixel, unsigned c, float(*own)[Vector<T>::kSize]) {
        const unsigned long long at = static_cast<unsigned long long>(pixel) * channels + c;
        Vector<T> g = load(grad + at);
        for (int j = 0; j < Vector<T>::kSize; ++j) {
          const float of_input = scale * to_float(g.at[j]);
          assign(g.at[j], of_input);
          own[0][j] += of_input;
        }
        store(grad_x + at, g);
      });
}

// total[column] = the sum over rows of sums[row][column]; blocks of 32 x 16 threads, a block for 32
// columns.
extern "C" __global__ void sum_rows(const float* sums, float* total, unsigned rows,
                                    unsigned columns) {
  __shared__ float shared[16][33];
  const unsigned column = blockIdx.x * 32 + threadIdx.x;
  float own = 0;
  if (column < columns) {
    for (unsigned row = threadIdx.y; row < rows; row += 16) {
      own += sums[row * columns + column];
    }
  }
  shared[threadIdx.y][threadIdx.x] = own;
  __syncthreads();
  if (threadIdx.y == 0 && column < columns) {
    for (int y = 1; y < 16; ++y) {
      own += shared[y][threadIdx.x];
    }
    total[column] = own;
  }
}

#define SR_KERNELS(T, suffix)                                                                      \
  extern "C" __global__ void bias_prelu_##suffix(                                                  \
      const T* x, const float* bias, const float* slope, T* out, unsigned count, unsigned lanes) { \
    bias_prelu(x, bias, slope, out, count, lanes);                                                 \
  }                                                                                                \
  extern "C" __global__ void bias_prelu_backward_##suffix(                                         \
      const T* x, const float* bias, const float* slope, const T* grad, T* grad_x, float* sums,    \
      unsigned pixels, unsigned lanes) {                                                           \
    bias_prelu_backward(x, bias, slope, grad, grad_x, sums, pixels, lanes);                        \
  }                                                                                                \
  extern "C" __global__ void bias_leaky_relu_##suffix(const T* x, const float* bias, float slope,  \
                                                      T* out, unsigned out_stride, unsigned count, \
                                                      unsigned lanes) {                            \
    bias_leaky_relu(x, bias, slope, out, out_stride, count, lanes);                                \
  }                                                                                                \
  extern "C" __global__ void leaky_relu_backward_##suffix(                                         \
      const T* out, unsigned out_stride, const T* grad, unsigned grad_stride, float slope,         \
      T* grad_x, float* sums, unsigned pixels, unsigned lanes) {                                   \
    leaky_relu_backward(out, out_stride, grad, grad_stride, slope, grad_x, sums, pixels, lanes);   \
  }                                                                                                \
  extern "C" __global__ void bias_scale_add_##suffix(const T* x, const float* bias, float scale,   \
                                                     const T* features, T* out, unsigned count,    \
                                                     unsigned lanes) {                             \
    bias_scale_add(x, bias, scale, features, out, count, lanes);                                   \
  }                                                                                                \
  extern "C" __global__ void scale_backward_##suffix(                                              \
      const T* grad, float scale, T* grad_x, float* sums, unsigned pixels, unsigned lanes) {       \
    scale_backward(grad, scale, grad_x, sums, pixels, lanes);                                      \
  }

SR_KERNELS(Bf16, bf16)
SR_KERNELS(Half, half)
SR_KERNELS(float, float)
