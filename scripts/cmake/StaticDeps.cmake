# With SR_STATIC_DEPS (a folder made by scripts/bundle/deps.sh) the program links everything but LibTorch and the C/C++
# runtime as archives. Headers stay those of the distribution's packages, of which the archives are the same versions:
# no object differs from an ordinary build's.

macro(sr_prefer_archives)  # a macro: find_library has to see it
  list(PREPEND CMAKE_PREFIX_PATH ${SR_STATIC_DEPS})
  list(PREPEND CMAKE_FIND_LIBRARY_SUFFIXES .a)
endmacro()

# An archive knows nothing of what it needs itself.
function(_sr_needs target)
  foreach(name IN LISTS ARGN)
    find_library(SR_ARCHIVE_${name} lib${name}.a REQUIRED)
    mark_as_advanced(SR_ARCHIVE_${name})
    target_link_libraries(${target} INTERFACE ${SR_ARCHIVE_${name}})
  endforeach()
endfunction()

# Packages whose CMake files name a shared library.
function(_sr_replace target name)
  find_library(SR_ARCHIVE_${name} lib${name}.a REQUIRED)
  mark_as_advanced(SR_ARCHIVE_${name})
  set_target_properties(${target} PROPERTIES IMPORTED_LOCATION_RELEASE ${SR_ARCHIVE_${name}})
endfunction()

function(sr_link_archives)
  _sr_replace(fmt::fmt fmt)
  _sr_replace(yaml-cpp yaml-cpp)
  _sr_needs(Zip::Zip z)
  _sr_needs(OpenCV::core z)
  target_link_libraries(OpenCV::core INTERFACE Threads::Threads ${CMAKE_DL_LIBS})
  target_link_libraries(OpenCV::imgproc INTERFACE OpenCV::core)
  set(webp webp)
  find_library(SR_ARCHIVE_sharpyuv libsharpyuv.a)  # a part of libwebp of its own since 1.3
  mark_as_advanced(SR_ARCHIVE_sharpyuv)
  if(SR_ARCHIVE_sharpyuv)
    list(APPEND webp sharpyuv)
  endif()
  _sr_needs(OpenCV::imgcodecs tiff ${webp} png16 jpeg z)
  target_link_libraries(OpenCV::imgcodecs INTERFACE OpenCV::imgproc)
  _sr_needs(TIFF::TIFF jpeg z)
  _sr_needs(FFmpeg::FFmpeg avcodec dav1d swscale avutil z)
  target_link_libraries(FFmpeg::FFmpeg INTERFACE m)
  _sr_needs(OpenCV::videoio avformat avcodec dav1d swscale avutil z)
  target_link_libraries(OpenCV::videoio INTERFACE OpenCV::imgcodecs m)
endfunction()

# LibTorch has some of these libraries inside. A symbol that both have must not be exported by the program, or
# LibTorch would use ours. Own archives do export: inline variables of LibTorch's headers are one for both sides.
function(sr_hide_archives target)
  set(archives opencv_core opencv_imgproc opencv_imgcodecs opencv_videoio avformat avcodec dav1d swscale avutil
               tiff webp sharpyuv png16 jpeg z zip deflate fmt yaml-cpp)
  list(TRANSFORM archives REPLACE "(.+)" "lib\\1.a")
  list(JOIN archives ":" archives)
  target_link_options(${target} PRIVATE -Wl,--exclude-libs,${archives})
endfunction()
