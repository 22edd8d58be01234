#pragma once
// EMBED_BYTES(symbol, path) puts a file into the program by the assembler, between `symbol` and `symbol`_end. The file
// has to be among the object's dependencies in the build, since the compiler does not see that it is read.

// NOLINTBEGIN(modernize-avoid-c-arrays): they are symbols of the assembler.
#define EMBED_BYTES(symbol, path)                                                                                     \
  __asm__(".section .rodata\n.balign 16\n.global " #symbol "\n.global " #symbol "_end\n" #symbol ":\n.incbin \"" path \
          "\"\n" #symbol "_end:\n.byte 0\n.balign 16\n.previous\n");                                                  \
  extern "C" const char symbol[];                                                                                     \
  extern "C" const char symbol##_end[]
// NOLINTEND(modernize-avoid-c-arrays)
