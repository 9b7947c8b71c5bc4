# Writes report_page.h: the parts of the report's page as string literals, so that the program needs no files beside it.
set(text "#pragma once\n\n// Made from lib/report/page by scripts/cmake/embed_page.cmake.\n\n")
foreach(part "kReportPage;report.html" "kReportStyle;report.css" "kReportScript;report.js")
  list(GET part 0 name)
  list(GET part 1 file)
  file(READ ${FOLDER}/${file} content)
  string(APPEND text "inline constexpr const char* ${name} = R\"part(${content})part\";\n")
endforeach()
file(WRITE ${OUTPUT} "${text}")
