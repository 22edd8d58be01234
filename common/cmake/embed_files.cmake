# cmake -DOUTPUT=x.cc -DROOT=dir -DPATTERN=*.tsv -DHEADER=h -DNAMESPACE=n -DFUNCTION=F -DTYPE=T -P embed_files.cmake
# Writes a C++ source with FUNCTION(), the text files under ROOT that PATTERN fits as a span of TYPE{path, content}.
file(GLOB_RECURSE files LIST_DIRECTORIES false "${ROOT}/${PATTERN}")
set(source "#include <array>\n\n#include \"${HEADER}\"\n\nnamespace ${NAMESPACE} {\nnamespace {\n\n")
set(rows "")
set(count 0)
foreach(file IN LISTS files)
  file(RELATIVE_PATH path "${ROOT}" "${file}")
  file(READ "${file}" content)
  string(APPEND source "constexpr char kFile${count}[] = R\"~file~(${content})~file~\";\n")
  string(APPEND rows "    {\"${path}\", {kFile${count}, sizeof(kFile${count}) - 1}},\n")
  math(EXPR count "${count} + 1")
endforeach()
string(APPEND source "\nconstexpr std::array<${TYPE}, ${count}> kFiles = {{\n${rows}}};\n\n}  // namespace\n\n"
  "std::span<const ${TYPE}> ${FUNCTION}() {\n  return kFiles;\n}\n\n}  // namespace ${NAMESPACE}\n")
file(WRITE "${OUTPUT}" "${source}")
