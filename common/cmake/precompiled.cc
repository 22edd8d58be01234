// The one source of the targets that compile headers beforehand (DatelineToolchain.cmake).
int main() {}
