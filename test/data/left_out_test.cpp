#include "data/left_out.h"

#include <vector>

#include "support/catch.h"

namespace sr {

TEST_CASE("names of previews, system files and camera RAW are told", "[data]") {
  using Reason = LeftOutReason;
  for (const char* name : {"a.NEF", "a.cr2", "a.CR3", "a.dng", "a.ARW", "a.orf", "a.rw2", "a.RAF",
                           "a.pef", "a.srw", "a.3fr", "a.x3f"}) {
    INFO(name);
    CHECK(left_out_by_name(name) == Reason::kRaw);
  }
  for (const char* name : {"MVI_0302.THM", "a.thm", "SYNOPHOTO_THUMB_XL.jpg", "a.lrprev",
                           "SYNOFILE_THUMB_M.png", "GL010001.LRV", "DJI_0001.LRF"}) {
    INFO(name);
    CHECK(left_out_by_name(name) == Reason::kPreview);
  }
  for (const char* name :
       {".DS_Store", "._a.jpg", ".hidden.png", "Thumbs.db", "THUMBS.DB", "desktop.ini"}) {
    INFO(name);
    CHECK(left_out_by_name(name) == Reason::kSystem);
  }
  for (const char* name : {"a.png", "thumb.jpg", "a.tif", "raw", "nef.jpg", "a.txt"}) {
    INFO(name);
    CHECK_FALSE(left_out_by_name(name));
  }
  for (const char* name :
       {"@eaDir", "Catalog Previews.lrdata", "#recycle", "__MACOSX", "@Recycle", "$RECYCLE.BIN",
        "CaptureOne", "iPod Photo Cache", "$Recycle.Bin", "@EADIR", "#Recycle", "Recycled",
        "@Transcode", "Temporary Items", "a/b.photoslibrary/resources",
        "Aperture.aplibrary/Thumbnails", "mine.cocatalog", "iPhoto.photolibrary/Previews",
        "a.migratedphotolibrary/Thumbnails"}) {
    INFO(name);
    CHECK(is_folder_of_others(name));
  }
  for (const char* name : {"thumbnails", "a/b.photoslibrary/originals", "x.aplibrary/Masters",
                           "x.photolibrary/Masters", "b.photoslibrary", "originals"}) {
    INFO(name);
    CHECK_FALSE(is_folder_of_others(name));
  }
  for (const char* name : {"a.HEIC", "a.avif", "a.gif", "a.tga", "a.jp2", "a.ts", "a.MPG", "a.flv",
                           "a.wmv", "a.jxl", "a.psd", "a.m2ts"}) {
    INFO(name);
    CHECK(is_unread_format(name));
  }
  CHECK_FALSE(is_unread_format("a.txt"));
}

TEST_CASE("files that are left out are said in one line, what matters most first", "[data]") {
  LeftOut files;
  CHECK(files.text().empty());
  files.add(LeftOutReason::kOther, "f/notes.txt");
  CHECK(files.text() == "1 file is left out: 1 of other kinds (.txt 1); such as f/notes.txt");
  files.add(LeftOutReason::kSystem, "f/._a.jpg");
  files.add(LeftOutReason::kSystem, "f/.DS_Store");
  files.add(LeftOutReason::kUnreadFormat, "f/IMG_1.HEIC");
  files.add(LeftOutReason::kUnreadFormat, "f/b.ts");
  files.add(LeftOutReason::kUnreadFormat, "f/c.heic");
  files.add(LeftOutReason::kOther, "f/README");
  CHECK(files.count() == 7);
  CHECK(files.text() ==
        "7 files are left out: 3 of formats that are not read (.heic 2, .ts 1), 2 hidden or of the "
        "system (.DS_Store 1, ._* 1) and 2 of other kinds (.txt 1, no ending 1); such as "
        "f/IMG_1.HEIC");
}

}  // namespace sr
