# Run by svodka_embed: writes SQL files as raw string literals into one source.
set(text "#include \"base/embedded.hpp\"\n\nnamespace svodka {\nstd::span<const EmbeddedFile> ${SYMBOL}();\nstd::span<const EmbeddedFile> ${SYMBOL}() {\n  static const EmbeddedFile files[] = {\n")
foreach(file ${FILES})
  get_filename_component(name ${file} NAME)
  file(READ ${file} content)
  string(APPEND text "{\"${name}\", R\"embedded(${content})embedded\"},\n")
endforeach()
string(APPEND text "  };\n  return files;\n}\n}  // namespace svodka\n")
file(WRITE ${OUTPUT} "${text}")
