# OpenCV by its parts (OpenCV::core, imgproc, imgcodecs, videoio). The distributions put OpenCVConfig.cmake into
# libopencv-dev alone, which pulls some 300 packages; the four -dev packages that are used come without it.
find_path(OpenCV_INCLUDE_DIR NAMES opencv2/core.hpp PATH_SUFFIXES opencv4)
set(_sr_opencv_required OpenCV_INCLUDE_DIR)
foreach(_part IN LISTS OpenCV_FIND_COMPONENTS)
  find_library(OpenCV_${_part}_LIBRARY NAMES opencv_${_part})
  list(APPEND _sr_opencv_required OpenCV_${_part}_LIBRARY)
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OpenCV REQUIRED_VARS ${_sr_opencv_required})

if(OpenCV_FOUND)
  foreach(_part IN LISTS OpenCV_FIND_COMPONENTS)
    if(NOT TARGET OpenCV::${_part})
      add_library(OpenCV::${_part} UNKNOWN IMPORTED)
      set_target_properties(OpenCV::${_part} PROPERTIES
        IMPORTED_LOCATION ${OpenCV_${_part}_LIBRARY}
        INTERFACE_INCLUDE_DIRECTORIES ${OpenCV_INCLUDE_DIR})
    endif()
  endforeach()
endif()
