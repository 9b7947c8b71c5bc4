# What FFmpeg decodes video with, as FFmpeg::FFmpeg: libavformat, libavcodec, libswscale, libavutil.
find_path(FFmpeg_INCLUDE_DIR libavformat/avformat.h)
set(_sr_ffmpeg_required FFmpeg_INCLUDE_DIR)
foreach(_part avformat avcodec swscale avutil)
  find_library(FFmpeg_${_part}_LIBRARY ${_part})
  list(APPEND _sr_ffmpeg_required FFmpeg_${_part}_LIBRARY)
endforeach()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(FFmpeg REQUIRED_VARS ${_sr_ffmpeg_required})
mark_as_advanced(${_sr_ffmpeg_required})
if(FFmpeg_FOUND AND NOT TARGET FFmpeg::FFmpeg)
  add_library(FFmpeg::FFmpeg UNKNOWN IMPORTED)
  set_target_properties(FFmpeg::FFmpeg PROPERTIES
    IMPORTED_LOCATION ${FFmpeg_avformat_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${FFmpeg_INCLUDE_DIR}
    INTERFACE_LINK_LIBRARIES "${FFmpeg_avcodec_LIBRARY};${FFmpeg_swscale_LIBRARY};${FFmpeg_avutil_LIBRARY}")
endif()
